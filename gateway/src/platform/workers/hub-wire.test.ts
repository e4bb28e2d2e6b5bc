import { hubSuite } from "../../dispatch/hub.suite.ts";
import { hubClient, serveHub } from "./hub-wire.ts";

hubSuite("the hub over fetch", (hub) => hubClient(serveHub(hub)));
