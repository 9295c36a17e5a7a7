"""HTML and XML bodies: parsing, selection and writing them out again."""
