"""The schemas of an operation in the words of others: JSON Schema draft-04 as Tray writes it, react-jsonschema-form."""
