"""The only place that speaks SQL: settings, cluster, tables, migrations, queries and writes."""
