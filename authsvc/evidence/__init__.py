"""The evidence log's formats and the court package. All but `log` is pure: it reaches no store, settings or web."""
