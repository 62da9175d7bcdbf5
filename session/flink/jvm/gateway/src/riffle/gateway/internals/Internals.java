package riffle.gateway.internals;

import java.util.List;
import java.util.Map;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlVisitor;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogStoreHolder;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.table.PythonTableFunctionOperator;
import org.apache.flink.table.types.inference.CallContext;

/**
 * What riffle needs from Flink's private parts: fields without a getter, and classes that are known only
 * by name. All of it differs between minor versions of Flink, so there is one class for each version, and
 * no other class uses reflection on Flink.
 *
 * <p>Implementations have no state.
 */
public interface Internals {
    /** The implementation for the Flink on the class path. Throws for a Flink that riffle does not know. */
    static Internals current() {
        return of(EnvironmentInformation.getVersion());
    }

    /** The implementation for a version of Flink, such as 2.3.0 or 2.3-SNAPSHOT. */
    static Internals of(String version) {
        if (version.matches("2\\.3([.-].*)?")) {
            return new Flink23();
        }
        throw new IllegalStateException(
                "this is Flink "
                        + version
                        + ", riffle needs Flink 2.3: set FLINK_HOME to one, or unset it to let riffle fetch one");
    }

    /** Makes a catalog store load its classes by another class loader. */
    void loadBy(CatalogStoreHolder store, ClassLoader loader);

    /**
     * All temporary tables and views, to be changed in place. The public list has only those of the
     * current database.
     */
    Map<ObjectIdentifier, CatalogBaseTable> temporaryTables(CatalogManager catalogs);

    /** The class of an option's values; of their elements if the option is a list. */
    Class<?> valueClass(ConfigOption<?> option);

    boolean isList(ConfigOption<?> option);

    /** The position of a call's argument in the statement; null for a call that does not come from SQL. */
    SqlParserPos position(CallContext call, int argument);

    /** The scope of the expression that a visitor of the validator expands; null for other visitors. */
    SqlValidatorScope scopeOf(SqlVisitor<?> visitor);

    /** The programs of a group, in their order. */
    List<FlinkOptimizeProgram<?>> members(FlinkGroupProgram<?> group);

    /**
     * Whether objects of a class are part of a plan and may hold expressions that are evaluated:
     * specifications of nodes, and tables as they are scanned. A filter that was offered to a source is
     * not among them: no source accepts one with a function, so the plan applies it again.
     */
    boolean isPartOfPlan(Class<?> type);

    /** The parts of a node of a plan, or of one of its parts, without its input nodes. */
    List<Object> partsOf(Object node);

    /** The parts from which Flink's operator for functions was built. */
    FunctionOperatorParts partsOf(AbstractPythonScalarFunctionOperator operator);

    /** The parts from which Flink's operator for a table function was built. */
    TableFunctionParts partsOf(PythonTableFunctionOperator operator);

    /**
     * The call of a table function of another language that a node of a physical plan joins to its input; null for
     * other nodes.
     */
    RexCall tableFunctionCall(RelNode node);

    /**
     * Keeps the servers that Flink opens for each job with a function on loopback. Must be called
     * before such a job is submitted. After the first call it does nothing.
     */
    void keepServersOnLoopback();
}
