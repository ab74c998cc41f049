console.debug("to come");
