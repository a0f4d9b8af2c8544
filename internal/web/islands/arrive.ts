// Where the reader starts after the page was loaded: at the summary of errors,
// else at the message of the last act. Screen readers say neither by
// themselves, because both were there before the page was watched.
const start = document.getElementById("errors") ?? document.getElementById("flash");
start?.focus({ preventScroll: start.id === "flash" });
export {};
