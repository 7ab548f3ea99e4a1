"""报表: a read model of punctuality, returns, completeness and use, by unit and period. Reads only, but for the record of an export."""
