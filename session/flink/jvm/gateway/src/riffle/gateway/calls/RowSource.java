package riffle.gateway.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.validate.DelegatingScope;
import org.apache.calcite.sql.validate.ListScope;
import org.apache.calcite.sql.validate.SqlValidatorNamespace;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.util.Static;

/** The columns to which a star refers: those of one table, or those of all tables of FROM. */
final class RowSource {
    private final SqlIdentifier star;
    private final List<String> columns = new ArrayList<>();

    private RowSource(SqlIdentifier star) {
        this.star = star;
    }

    static RowSource of(SqlIdentifier star, SqlValidatorScope scope) {
        RowSource source = new RowSource(star);
        if (star.names.size() > 1) {
            source.columns.addAll(rowType(star.skipLast(1), scope).getFieldNames());
            return source;
        }
        ListScope tables = tables(scope);
        if (tables != null) {
            for (SqlValidatorNamespace table : tables.getChildren()) {
                source.columns.addAll(table.getRowType().getFieldNames());
            }
        }
        return source;
    }

    /** The scope of the tables of FROM that a scope belongs to; null if it has no tables. */
    private static ListScope tables(SqlValidatorScope scope) {
        SqlValidatorScope tables = scope;
        while (!(tables instanceof ListScope) && tables instanceof DelegatingScope) {
            tables = ((DelegatingScope) tables).getParent();
        }
        return tables instanceof ListScope ? (ListScope) tables : null;
    }

    private static RelDataType rowType(SqlIdentifier table, SqlValidatorScope scope) {
        SqlValidatorScope.ResolvedImpl resolved = new SqlValidatorScope.ResolvedImpl();
        scope.resolve(table.names, scope.getValidator().getCatalogReader().nameMatcher(), true, resolved);
        if (resolved.count() != 1 || !resolved.only().rowType().isStruct()) {
            throw scope.getValidator()
                    .newValidationError(table, Static.RESOURCE.tableNameNotFound(String.join(".", table.names)));
        }
        return resolved.only().rowType();
    }

    /** The names of the columns that a field can mean: the one with its name, otherwise those that differ in case. */
    List<String> columns(String field) {
        List<String> equal = columns.stream().filter(field::equals).distinct().collect(Collectors.toList());
        return !equal.isEmpty()
                ? equal
                : columns.stream().filter(field::equalsIgnoreCase).distinct().collect(Collectors.toList());
    }

    /** All names, for messages. */
    String names() {
        return columns.stream().distinct().collect(Collectors.joining(", "));
    }

    /** The column with a name, as a statement would refer to it. */
    SqlIdentifier column(String name) {
        return star.names.size() > 1
                ? star.skipLast(1).plus(name, star.getParserPosition())
                : new SqlIdentifier(name, star.getParserPosition());
    }
}
