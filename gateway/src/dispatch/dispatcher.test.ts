import { hubSuite } from "./hub.suite.ts";
import { hubRestSuite } from "./hub-rest.suite.ts";

hubSuite("the hub in process", (hub) => hub);
hubRestSuite("the hub in process", (hub) => hub);
