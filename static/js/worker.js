addEventListener("fetch", () => [RELEASE, SHELL]);
