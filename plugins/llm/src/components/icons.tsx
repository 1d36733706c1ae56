import { ReactNode } from 'react';

function Icon(props: { children: ReactNode; className?: string }) {
  return (
    <svg
      width="12"
      height="12"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      className={props.className}
    >
      {props.children}
    </svg>
  );
}

/** True, done, Ready. */
export const CheckIcon = () => (
  <Icon>
    <path d="M3 8.5 6.5 12 13 4.5" />
  </Icon>
);

/** Waits, or not its turn yet. */
export const ClockIcon = () => (
  <Icon>
    <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6" />
  </Icon>
);

/** Downloading. */
export const DownloadIcon = () => (
  <Icon>
    <path d="M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10" />
  </Icon>
);

/** Starting: an open ring. */
export const RingIcon = (props: { className?: string }) => (
  <Icon className={props.className}>
    <path d="M8 2a6 6 0 1 0 6 6" />
  </Icon>
);

/** Degraded: half a disc. */
export const HalfIcon = () => (
  <Icon>
    <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z" />
    <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
  </Icon>
);

/** Error: an octagon with a cross. */
export const OctagonIcon = () => (
  <Icon>
    <path d="M5.2 2h5.6L14 5.2v5.6L10.8 14H5.2L2 10.8V5.2zM6 6l4 4M10 6l-4 4" />
  </Icon>
);

/** False and broken. */
export const CrossIcon = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);

/** Unknown. */
export const DashIcon = () => (
  <Icon>
    <path d="M3.5 8h9" />
  </Icon>
);

/** Not open: somebody has to be asked. */
export const LockIcon = () => (
  <Icon>
    <path d="M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5" />
  </Icon>
);

/** Somebody asks something. */
export const QuestionIcon = () => (
  <Icon>
    <path d="M2.5 3h11v8h-6L4.5 13.5V11h-2zM6.5 5.7c.2-.9 2.9-1 2.9.4 0 1-1.4.9-1.4 1.9" />
  </Icon>
);

/** Something to look at before it stops somebody. */
export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.5 14.5 13.500h-13zM8 6.500v3.500M8 12h.01" />
  </Icon>
);
