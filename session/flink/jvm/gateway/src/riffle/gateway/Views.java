package riffle.gateway;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogView;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.ddl.AlterViewAsOperation;
import org.apache.flink.table.operations.ddl.CreateViewOperation;
import org.apache.flink.table.operations.ddl.DropViewOperation;
import org.apache.flink.table.planner.parse.CalciteParser;

/**
 * Finds the text of a view in which a statement fails. Flink validates the query of a view when a statement
 * reads the view, and reports the position in that query but not the view. Its catalogs keep the query
 * as Flink writes it. The statement that defined the view in this session is what the user knows.
 */
final class Views {
    /** What FROM can put around a table, as the first operand. */
    private static final Set<SqlKind> TABLE_FIRST =
            EnumSet.of(
                    SqlKind.AS,
                    SqlKind.EXTEND,
                    SqlKind.MATCH_RECOGNIZE,
                    SqlKind.PIVOT,
                    SqlKind.SNAPSHOT,
                    SqlKind.TABLE_REF,
                    SqlKind.TABLESAMPLE,
                    SqlKind.UNPIVOT);

    /** The statement that defined a view, and the query that Flink made of it. */
    private static final class Definition {
        final String sql;
        final String query;

        Definition(String sql, String query) {
            this.sql = sql;
            this.query = query;
        }
    }

    /** A view, and the one that the statement names: the same view, or one that reads it. */
    private static final class Read {
        final CatalogView view;
        final ObjectIdentifier through;

        Read(CatalogView view, ObjectIdentifier through) {
            this.view = view;
            this.through = through;
        }
    }

    private final Map<ObjectIdentifier, Definition> definitions = new HashMap<>();

    /** Remembers a statement that was carried out, if it defined a view. */
    void remember(Operation operation, String sql) {
        if (operation instanceof CreateViewOperation) {
            CreateViewOperation create = (CreateViewOperation) operation;
            String query = create.getCatalogView().getExpandedQuery();
            definitions.put(create.getViewIdentifier(), new Definition(sql, query));
        } else if (operation instanceof AlterViewAsOperation) {
            AlterViewAsOperation alter = (AlterViewAsOperation) operation;
            String query = alter.getNewView().getExpandedQuery();
            definitions.put(alter.getViewIdentifier(), new Definition(sql, query));
        } else if (operation instanceof DropViewOperation) {
            definitions.remove(((DropViewOperation) operation).getViewIdentifier());
        }
    }

    /**
     * Describes the views that a failed statement reads, each {@code {name, through, text}}. If the error is
     * in the query of a view, that view alone is described, with its {@code position} in the text.
     */
    ArrayNode describe(String sql, Throwable failure, SharedTableEnvironment env, CalciteParser parser) {
        ArrayNode out = Json.array();
        try {
            Map<ObjectIdentifier, Read> read = new LinkedHashMap<>();
            collect(parser.parse(sql), null, env.catalogs(), parser, read);
            boolean inside = Fault.inView(failure);
            read.forEach((name, found) -> {
                if (inside && out.isEmpty()) {
                    describeBroken(name, found, failure, env, out);
                } else if (!inside) {
                    describe(name, found, text(name, found.view), out);
                }
            });
        } catch (RuntimeException e) {
            return Json.array(); // the statement does not parse, or a catalog does not answer
        }
        return out;
    }

    private static ObjectNode describe(ObjectIdentifier name, Read read, String text, ArrayNode out) {
        return out.addObject()
                .put("name", name.asSummaryString())
                .put("through", read.through.asSummaryString())
                .put("text", text);
    }

    /** The statement that defined a view, if it is the view's last definition, or its query. */
    private String text(ObjectIdentifier name, CatalogView view) {
        Definition definition = definitions.get(name);
        return definition != null && definition.query.equals(view.getExpandedQuery())
                ? definition.sql
                : view.getExpandedQuery();
    }

    /** Describes a view if its query fails as the statement did. */
    private void describeBroken(
            ObjectIdentifier name, Read read, Throwable failure, SharedTableEnvironment env, ArrayNode out) {
        String subject = subject(failure);
        String query = read.view.getExpandedQuery();
        Throwable again = failureOf(query, env);
        if (again == null || !subject.equals(subject(again))) {
            return;
        }
        // In the statement as it was typed, unless that fails elsewhere: SELECT * does not name a column
        // that is gone, and names can mean something else where another database is the current one.
        String text = text(name, read.view);
        Throwable typed = text.equals(query) ? null : failureOf(text, env);
        if (typed != null && subject.equals(subject(typed))) {
            Fault.position(typed, describe(name, read, text, out));
        } else {
            Fault.position(again, describe(name, read, query, out));
        }
    }

    private static Throwable failureOf(String sql, SharedTableEnvironment env) {
        try {
            env.getParser().parse(sql);
            return null;
        } catch (RuntimeException | AssertionError e) { // of Calcite
            return e;
        }
    }

    /** What a failure is about: its reason up to the first name in it. The rest depends on how that is written. */
    private static String subject(Throwable failure) {
        Throwable reason = failure;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        String message = String.valueOf(reason.getMessage());
        int opening = message.indexOf('\'');
        int closing = message.indexOf('\'', opening + 1);
        return closing < 0 ? message : message.substring(0, closing);
    }

    /** Adds the views that a statement reads. A view that another one reads comes before that one. */
    private static void collect(
            SqlNode statement,
            ObjectIdentifier through,
            CatalogManager catalogs,
            CalciteParser parser,
            Map<ObjectIdentifier, Read> read) {
        statement.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                if (call instanceof SqlSelect) {
                    from(((SqlSelect) call).getFrom());
                } else if (call.getKind() == SqlKind.EXPLICIT_TABLE) {
                    from(call.operand(0));
                }
                return super.visit(call);
            }

            private void from(SqlNode node) {
                if (node instanceof SqlIdentifier) {
                    table((SqlIdentifier) node);
                } else if (node instanceof SqlJoin) {
                    from(((SqlJoin) node).getLeft());
                    from(((SqlJoin) node).getRight());
                } else if (node instanceof SqlCall && TABLE_FIRST.contains(node.getKind())) {
                    from(((SqlCall) node).operand(0));
                }
            }

            private void table(SqlIdentifier path) {
                if (path.names.size() > 3) {
                    return;
                }
                ObjectIdentifier name = catalogs.qualifyIdentifier(UnresolvedIdentifier.of(path.names));
                CatalogBaseTable table = catalogs.getTable(name).<CatalogBaseTable>map(t -> t.getTable()).orElse(null);
                if (table instanceof CatalogView && !read.containsKey(name)) {
                    CatalogView view = (CatalogView) table;
                    ObjectIdentifier named = through == null ? name : through;
                    collect(parser.parse(view.getExpandedQuery()), named, catalogs, parser, read);
                    read.put(name, new Read(view, named));
                }
            }
        });
    }
}
