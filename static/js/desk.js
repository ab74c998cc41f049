/** What only the desk's pages need; phones keep none of it. */

import { rest } from "./elements/live.js";

rest();
