/** Slipway's mark: a hull on an inclined slipway. Drawn in the current colour. */
export function LogoMark(props: { size?: number }) {
  const size = props.size ?? 20;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M2 17.5 18 11.5" />
      <path d="M3.6 8.2 16.4 3.4c.4 3.9-1.3 6.6-4.3 7.7l-3.6 1.4c-2.5.9-4.2-.9-4.9-4.3z" />
      <path d="M9.4 6 8.3 3" />
    </svg>
  );
}
