"""The record of calls: kept while they go on, read afterwards, played again."""
