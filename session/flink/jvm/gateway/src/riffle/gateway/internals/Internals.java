package riffle.gateway.internals;

import java.util.List;
import java.util.Map;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogStoreHolder;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.types.inference.CallContext;

/**
 * What riffle needs from Flink's private parts: fields without a getter, and classes that are known only
 * by name. All of it differs between minor versions of Flink, so there is one class for each version, and
 * no other class uses reflection on Flink.
 *
 * <p>Implementations have no state.
 */
public interface Internals {
    /** Those of the Flink on the class path; refuses one that riffle does not know. */
    static Internals current() {
        return of(EnvironmentInformation.getVersion());
    }

    /** Those of a version of Flink, such as 2.3.0 or 2.3-SNAPSHOT. */
    static Internals of(String version) {
        if (version.matches("2\\.3([.-].*)?")) {
            return new Flink23();
        }
        throw new IllegalStateException(
                "this is Flink "
                        + version
                        + ", riffle needs Flink 2.3: set FLINK_HOME to one, or unset it to let riffle fetch one");
    }

    /** Makes a catalog store load what it needs by another class loader. */
    void loadBy(CatalogStoreHolder store, ClassLoader loader);

    /** All temporary tables and views, to be changed in place; the public list has the current database's only. */
    Map<ObjectIdentifier, CatalogBaseTable> temporaryTables(CatalogManager catalogs);

    /** The class of an option's values; of their elements if the option is a list. */
    Class<?> valueClass(ConfigOption<?> option);

    boolean isList(ConfigOption<?> option);

    /** Where an argument of a call stands in the statement; null for a call from elsewhere than SQL. */
    SqlParserPos position(CallContext call, int argument);

    /** The programs of a group, in their order. */
    List<FlinkOptimizeProgram<?>> members(FlinkGroupProgram<?> group);

    /**
     * Whether objects of a class are part of a plan and may hold expressions that are carried out: specifications
     * of nodes, and tables as they are scanned. A filter that a source was offered is not among them: no source
     * takes one with a function, so that the plan applies it again.
     */
    boolean isPartOfPlan(Class<?> type);

    /** What a node of a plan, or a part of one, is made of, but for the nodes below it. */
    List<Object> partsOf(Object node);

    /** What Flink's operator for functions was made of. */
    FunctionOperatorParts partsOf(AbstractPythonScalarFunctionOperator operator);

    /**
     * Keeps the servers on loopback that Flink opens for each job with a function. To be called before such a
     * job is submitted; after the first time it does nothing.
     */
    void keepServersOnLoopback();
}
