package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.rex.RexCall;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;

/** A function of any kind that the user has declared in Go, as the planner sees it. */
public interface DeclaredFunction {
    String name();

    boolean isDeterministic();

    List<Parameter> parameters();

    /** The same function for the call with a number, so that its calls differ from those of this one. */
    UserDefinedFunction numbered(int call);

    /** The function that a call calls; null if it is not a Go function. */
    static DeclaredFunction of(RexCall call) {
        FunctionDefinition definition =
                call.getOperator() instanceof BridgingSqlFunction
                        ? ((BridgingSqlFunction) call.getOperator()).getDefinition()
                        : null;
        return definition instanceof DeclaredFunction ? (DeclaredFunction) definition : null;
    }
}
