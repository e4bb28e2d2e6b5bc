import { hubSuite } from "./hub.suite.ts";

hubSuite("the hub in process", (hub) => hub);
