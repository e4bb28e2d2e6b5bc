import { sandboxSuite } from "./sandbox.suite.ts";
import { findPython } from "./workshop.ts";

const python = findPython();
if (python === null) process.stderr.write("python3 (3.11 or later) is missing: its suite is skipped\n");

sandboxSuite("process", python === null ? ["typescript"] : ["typescript", "python"]);
