// The documents' part of the page.
