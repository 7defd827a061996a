// The feeds' part of the page.
