/**
 * Exit codes after which trying again with the same input is pointless: the Job fails at once. Others are tried again with back-off.
 */
export const PERMANENT_EXIT_CODES = {
  SourceForbidden: 13,
  SourceNotFound: 14,
  DiskFull: 15,
} as const;

/**
 * The program of the download Job. Standard library and huggingface_hub only, which every vLLM image has. It prints one line of JSON per
 * event and leaves the reason of a failure as the container's termination message.
 */
export const DOWNLOAD_SCRIPT = String.raw`"""Fetches the weights of a model into MODEL_DIR, or removes those that nobody serves.

download.py download   fetch MODEL_ID at MODEL_REVISION, resume what is there, then write MODEL_MARKER
download.py clean      remove what earlier downloads left in MODEL_VOLUME; MODEL_DIR, MODEL_MARKER and what others put there stay
"""
import errno
import json
import os
import re
import shutil
import sys
import threading
import time

EXIT = {"SourceForbidden": 13, "SourceNotFound": 14, "DiskFull": 15}
TERMINATION_LOG = os.environ.get("TERMINATION_LOG", "/dev/termination-log")
PROGRESS_SECONDS = 5
# What a download makes: a directory that ends in 8 hex, and a marker beside it.
OURS = re.compile(r".+-[0-9a-f]{8}|[.][0-9a-f]{8}[.]complete([.]tmp)?")


class Failure(Exception):
    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def emit(event, **fields):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"time": stamp, "event": event, **fields}), flush=True)


def leave_message(fields):
    try:
        with open(TERMINATION_LOG, "w") as log:
            log.write(json.dumps(fields))
    except OSError:
        pass


def size_on_disk(directory):
    total = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            try:
                # Partial files are sparse: count blocks, not length.
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                pass
    return total


def gib(count):
    return "%.1f GiB" % (count / 2**30)


def explain(error, model, revision):
    """Turns what huggingface_hub raised into a reason and a sentence that says what to do."""
    name = type(error).__name__
    status = getattr(getattr(error, "response", None), "status_code", None)
    secret = os.environ.get("MODEL_AUTH_SECRET")
    token = os.environ.get("HF_TOKEN")
    account = "the account behind the Secret " + secret if secret else "an account"
    remedy = (
        "accept its licence with %s, or put another token under HF_TOKEN" % account
        if token
        else "name a Secret with a token under HF_TOKEN in spec.model.authSecretName"
    )
    asked = "%s%s" % (model, " at revision " + revision if revision else "")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure("DiskFull", "the volume is full while fetching %s: raise spec.model.storage.size" % asked)
    if name == "RevisionNotFoundError":
        return Failure("SourceNotFound", "the source has no %s: correct spec.model.revision" % asked)
    if name == "GatedRepoError" or status in (401, 403) and name != "RepositoryNotFoundError":
        return Failure("SourceForbidden", "the source answered %s for %s: %s" % (status or 403, asked, remedy))
    if name == "RepositoryNotFoundError" and status == 401 and not token:
        return Failure("SourceForbidden", "the source answered 401 for %s, which does not exist or is private: correct spec.model.name, or %s" % (asked, remedy))
    if name in ("RepositoryNotFoundError", "EntryNotFoundError") or status == 404:
        return Failure("SourceNotFound", "the source answered %s for %s: correct spec.model.name, or use a token that may see it" % (status or 404, asked))
    if status is not None:
        return Failure("SourceUnreachable", "the source answered %s for %s: it is tried again" % (status, asked))
    return Failure("SourceUnreachable", "the source could not be reached for %s (%s: %s): check the cluster's way to it" % (asked, name, str(error)[:300]))


def is_remote(error):
    if getattr(error, "response", None) is not None or isinstance(error, (ConnectionError, TimeoutError)):
        return True
    module = type(error).__module__.split(".")[0]
    return module in ("requests", "httpx", "httpcore", "urllib3", "huggingface_hub")


def download():
    from huggingface_hub import HfApi, hf_hub_download

    model, revision = os.environ["MODEL_ID"], os.environ.get("MODEL_REVISION") or None
    directory, marker = os.environ["MODEL_DIR"], os.environ["MODEL_MARKER"]
    token = os.environ.get("HF_TOKEN") or None
    if os.path.exists(marker) and os.path.isdir(directory):
        with open(marker) as file:
            return json.load(file)
    os.makedirs(directory, exist_ok=True)
    info = HfApi(token=token).model_info(model, revision=revision, files_metadata=True)
    files = [(file.rfilename, file.size or 0) for file in info.siblings]
    total = sum(size for _, size in files)
    check_space(directory, model, total)

    state = {"filesDone": 0, "file": ""}
    stop = threading.Event()

    def report():
        emit("progress", bytesDone=min(size_on_disk(directory), total), bytesTotal=total, filesTotal=len(files), **state)

    def keep_reporting():
        while not stop.wait(PROGRESS_SECONDS):
            report()

    reporter = threading.Thread(target=keep_reporting, daemon=True)
    reporter.start()
    try:
        for name, size in files:
            state["file"] = name
            path = hf_hub_download(model, name, revision=info.sha, local_dir=directory, token=token)
            flush(path)
            if size and os.path.getsize(path) != size:
                raise Failure("Failed", "%s has %d bytes instead of %d: it is fetched again" % (name, os.path.getsize(path), size))
            state["filesDone"] += 1
            report()
    finally:
        stop.set()
        reporter.join()
    shutil.rmtree(os.path.join(directory, ".cache"), ignore_errors=True)
    result = {"model": model, "revision": info.sha, "bytes": total, "files": len(files)}
    write_marker(marker, result)
    return result


def check_space(directory, model, total):
    free = shutil.disk_usage(directory).free + size_on_disk(directory)
    if total > free:
        raise Failure(
            "DiskFull",
            "%s needs %s but the volume has room for %s beside the weights that are still served: raise spec.model.storage.size"
            % (model, gib(total), gib(free)),
        )


def flush(path):
    """The marker must not outlive a crash of the node that the weights do not."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def write_marker(marker, result):
    with open(marker + ".tmp", "w") as file:
        json.dump(result, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(marker + ".tmp", marker)


def clean():
    volume = os.environ["MODEL_VOLUME"]
    keep = {os.path.basename(os.environ["MODEL_DIR"]), os.path.basename(os.environ["MODEL_MARKER"])}
    # Markers first: a directory that is half removed must not look complete.
    for name in sorted(os.listdir(volume), key=lambda entry: not entry.endswith(".complete")):
        if name in keep or not OURS.fullmatch(name):
            continue
        path = os.path.join(volume, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)
        emit("removed", name=name)
    return {"kept": sorted(keep)}


def main():
    action = {"download": download, "clean": clean}[sys.argv[1]]
    try:
        result = action()
    except Failure as failure:
        end(failure)
    except Exception as error:  # whatever it was, it gets a name
        disk = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if sys.argv[1] == "download" and (disk or is_remote(error)):
            end(explain(error, os.environ["MODEL_ID"], os.environ.get("MODEL_REVISION")))
        end(Failure("Failed", "%s: %s" % (type(error).__name__, str(error)[:500])))
    emit("done", **result)
    leave_message(result)


def end(failure):
    # The kubelet cuts a termination message at 4096 bytes, and JSON may need six for a character.
    message = str(failure)[:600]
    emit("failed", reason=failure.reason, message=message)
    leave_message({"reason": failure.reason, "message": message})
    sys.exit(EXIT.get(failure.reason, 1))


if __name__ == "__main__":
    main()
`;
