package riffle.gateway.calls;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.flink.table.catalog.CatalogView;
import org.apache.flink.table.catalog.ResolvedCatalogView;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.ddl.AlterViewAsOperation;
import org.apache.flink.table.operations.ddl.CreateViewOperation;
import org.apache.flink.table.planner.calcite.FlinkPlannerImpl;

/**
 * Keeps the calls in the query of a view as they were typed. Flink stores the query as the validator has left it, which
 * is with all arguments in the order of today's parameters. If the function is declared again with other parameters
 * or defaults, the view would silently pass its arguments to the wrong ones.
 */
public final class ViewCalls {
    private final Map<SqlParserPos, SqlCall> typed = new HashMap<>();
    private final Map<SqlParserPos, SqlIdentifier> names = new HashMap<>();

    private ViewCalls() {}

    /** The operation with the calls of its view as they were typed; other operations as they are. */
    public static Operation keep(Operation operation, Supplier<FlinkPlannerImpl> planner) {
        if (operation instanceof CreateViewOperation) {
            CreateViewOperation create = (CreateViewOperation) operation;
            CatalogView view = keep(create.getCatalogView(), planner.get());
            return new CreateViewOperation(
                    create.getViewIdentifier(), view, create.isIgnoreIfExists(), create.isTemporary());
        }
        if (operation instanceof AlterViewAsOperation) {
            AlterViewAsOperation alter = (AlterViewAsOperation) operation;
            return new AlterViewAsOperation(alter.getViewIdentifier(), keep(alter.getNewView(), planner.get()));
        }
        return operation;
    }

    private static CatalogView keep(CatalogView view, FlinkPlannerImpl planner) {
        String query = new ViewCalls().query(view.getOriginalQuery(), planner);
        if (query == null) {
            return view;
        }
        CatalogView kept =
                CatalogView.of(
                        view.getUnresolvedSchema(),
                        view.getComment(),
                        view.getOriginalQuery(),
                        query,
                        view.getOptions());
        return view instanceof ResolvedCatalogView
                ? new ResolvedCatalogView(kept, ((ResolvedCatalogView) view).getResolvedSchema())
                : kept;
    }

    /** The validated query with its calls as they were typed; null if no call was rewritten. */
    private String query(String text, FlinkPlannerImpl planner) {
        planner.parser()
                .parse(text)
                .accept(
                        new SqlBasicVisitor<Void>() {
                            @Override
                            public Void visit(SqlCall call) {
                                if (call.getOperator() instanceof GoCall) {
                                    typed.put(call.getParserPosition(), call);
                                }
                                return super.visit(call);
                            }
                        });
        if (typed.isEmpty()) {
            return null;
        }
        SqlNode validated = planner.validate(planner.parser().parse(text)); // it changes what was parsed
        validated.accept(
                new SqlBasicVisitor<Void>() {
                    @Override
                    public Void visit(SqlIdentifier name) {
                        names.putIfAbsent(name.getParserPosition(), name);
                        return null;
                    }
                });
        return validated.accept(new Typed()).toString();
    }

    /** Puts calls back as they were typed. */
    private final class Typed extends SqlShuttle {
        @Override
        public SqlNode visit(SqlCall call) {
            SqlCall original = typed.get(call.getParserPosition());
            boolean rewritten =
                    original != null
                            && call.getOperator().getName().equalsIgnoreCase(original.getOperator().getName());
            return rewritten ? original.accept(new Qualified()) : super.visit(call);
        }
    }

    /** Qualifies the columns of a typed call, as in the rest of the query. */
    private final class Qualified extends SqlShuttle {
        @Override
        public SqlNode visit(SqlIdentifier name) {
            SqlIdentifier qualified = names.get(name.getParserPosition());
            boolean longer = qualified != null && !name.isStar() && qualified.names.size() > name.names.size();
            return longer ? qualified : name;
        }
    }
}
