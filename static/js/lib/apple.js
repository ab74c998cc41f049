/** @returns {boolean} whether this is an iPhone or iPad; an iPad says that it is a Mac, which has no screen to touch */
export const isApple = ({ userAgent, maxTouchPoints } = navigator) => /iP(hone|ad|od)/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
