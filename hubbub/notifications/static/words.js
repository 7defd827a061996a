// The inbox's part of the page.
