/** Texts of the set-up page. */
export const setup = {
  "setup.title": "Welcome to Pulse",
  "setup.about":
    "This makes the first account of this gateway; then a sample function is deployed and called.",
  "setup.username_hint": "Lower case: a–z, 0–9 and . _ @ + -",
  "setup.password_hint": "A long one, which nobody guesses.",
  "setup.sample": "Sample function",
  "setup.sample_typescript": "TypeScript",
  "setup.sample_python": "Python",
  "setup.submit": "Set up and run the sample",
  "setup.busy": "Opening your session…",
  "setup.without": "Go on without an account",
  "setup.without_hint":
    "If there are accounts here already, this address can still open one session of the gateway's own key.",
  "setup.how":
    "While nobody has an account, a gateway that starts prints the address of this form, good once and within a day; on a server it is also in the file setup-url of its data folder. With the gateway's admin key this command makes a new one, wherever the gateway runs:",
  "setup.sign_in": "Sign in with an API key",
  "setup.done_person": "You are signed in",
  "setup.deploying": "{name} is being deployed",
  "setup.done_deploy": "{name} is deployed",
  "setup.calling": "{name} is to be called",
  "setup.done_call": "{name} was called",
  "setup.no_runner":
    "No runner is online, and functions run on runners. Paste this line on a machine that shall be one; this page goes on by itself when it connects.",
  "setup.open_sample": "Change {name}",
  "setup.home": "Go to Home",
} as const;
