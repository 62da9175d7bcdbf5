package riffle.gateway.jobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.python.AbstractPythonFunctionOperator;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedClass;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.CodeGenOperatorFactory;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.table.PythonTableFunctionOperator;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import riffle.gateway.internals.FunctionOperatorParts;
import riffle.gateway.internals.Internals;
import riffle.gateway.internals.TableFunctionParts;
import riffle.gateway.plan.Payload;
import riffle.job.columns.RowsNotKept;
import riffle.job.columns.UncopiedSerializer;
import riffle.job.function.BatchFunctionOperator;
import riffle.job.function.ColumnFunctionOperator;
import riffle.job.function.FunctionPayload;
import riffle.job.function.RowFunctionOperator;
import riffle.job.function.TableFunctionOperator;

/**
 * Replaces Flink's operators for functions in a job by riffle's, and leaves out copies of rows that no operator
 * keeps.
 *
 * <p>The planner creates Flink's operators by class name, so they are replaced when the job is submitted.
 */
final class GoOperators {
    private static final Logger LOG = LoggerFactory.getLogger(GoOperators.class);

    /** Which operator calls functions. The session checks the value. */
    private static final String COLUMNS = "columns";

    private static final ConfigOption<String> OPERATOR =
            ConfigOptions.key("riffle.functions.operator").stringType().defaultValue(COLUMNS);

    private GoOperators() {}

    /** Returns the programs whose functions the job calls, by their hash. */
    static Set<String> replaceIn(StreamGraph graph, ReadableConfig options) {
        Set<String> programs = new TreeSet<>();
        List<OperatorReplacement> replacements = new ArrayList<>();
        boolean columns = options.get(OPERATOR).equals(COLUMNS);
        replacements.add(operator -> scalar(operator, columns, programs));
        replacements.add(operator -> table(operator, programs));
        // The thread's loader has the session's jars.
        ServiceLoader.load(OperatorReplacement.class).forEach(replacements::add);
        for (StreamNode node : graph.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            if (isCalculation(factory)) {
                node.setSerializersIn(new UncopiedSerializer<>(node.getTypeSerializersIn()[0]));
            } else if (factory instanceof SimpleOperatorFactory) {
                StreamOperator<?> flinks = ((SimpleOperatorFactory<?>) factory).getOperator();
                if (flinks instanceof AbstractPythonFunctionOperator) { // of a function in a jar, too
                    Internals.current().keepServersOnLoopback();
                }
                StreamOperator<?> ours = flinks;
                for (OperatorReplacement replacement : replacements) {
                    ours = replacement.of(ours);
                }
                if (ours != flinks) {
                    StreamOperatorFactory<?> oursToo = SimpleOperatorFactory.of(ours);
                    oursToo.setChainingStrategy(factory.getChainingStrategy());
                    node.setOperatorFactory(oursToo);
                }
                if (ours instanceof RowsNotKept) {
                    node.setSerializersIn(new UncopiedSerializer<>(node.getTypeSerializersIn()[0]));
                }
            }
        }
        return programs;
    }

    /**
     * Whether an operator is the planner's generated code for projections and conditions. It is done with a row
     * before the next one comes: it has no state, and the edge after it copies what it emits. A function in it
     * may keep arguments, which are parts of the row.
     */
    private static boolean isCalculation(StreamOperatorFactory<?> factory) {
        if (!(factory instanceof CodeGenOperatorFactory)) {
            return false;
        }
        GeneratedClass<?> code = ((CodeGenOperatorFactory<?>) factory).getGeneratedClass();
        return code.getClassName().matches("(Stream|Batch)ExecCalc\\$.*")
                && Arrays.stream(code.getReferences()).noneMatch(UserDefinedFunction.class::isInstance);
    }

    /** The operator that calls scalar functions: riffle's, or Flink's if that is set. */
    private static StreamOperator<?> scalar(StreamOperator<?> operator, boolean columns, Set<String> programs) {
        if (!(operator instanceof ArrowPythonScalarFunctionOperator)) {
            return operator;
        }
        FunctionOperatorParts p = Internals.current().partsOf((AbstractPythonScalarFunctionOperator) operator);
        PythonFunctionInfo[] functions =
                Arrays.stream(p.functions)
                        .map(call -> travelling(call, programs))
                        .toArray(PythonFunctionInfo[]::new);
        int[] arguments = columns ? argumentFields(p.toArguments, p.input, p.arguments) : null;
        int[] forwarded = columns ? ProjectedFields.of(p.toForwarded, p.input) : null;
        if (arguments != null && forwarded != null) {
            return new ColumnFunctionOperator(
                    p.config,
                    functions,
                    p.input,
                    p.arguments,
                    p.results,
                    arguments,
                    forwarded);
        }
        if (columns) {
            LOG.info("Flink's operator has to call functions: the fields of {} that it takes are unclear", p.input);
        }
        return p.arguments.getFieldCount() > 0 && arrowIsRight(p.arguments) && arrowIsRight(p.results)
                ? new BatchFunctionOperator(
                        p.config, functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded)
                : new RowFunctionOperator(
                        p.config, functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded);
    }

    /** The operator that calls a table function. Functions that were not declared in Go keep theirs. */
    private static StreamOperator<?> table(StreamOperator<?> operator, Set<String> programs) {
        if (!(operator instanceof PythonTableFunctionOperator)) {
            return operator;
        }
        TableFunctionParts p = Internals.current().partsOf((PythonTableFunctionOperator) operator);
        if (!Payload.isOurs(p.function.getPythonFunction())) {
            return operator;
        }
        int[] arguments = argumentFields(p.toArguments, p.input, p.arguments);
        if (arguments == null) { // TableCalls makes all of them columns or constants
            throw new IllegalStateException("the arguments " + p.arguments + " of a table function are no columns");
        }
        return new TableFunctionOperator(
                p.config, travelling(p.function, programs), p.input, p.arguments, p.results, arguments, p.left);
    }

    /** The fields of the input that are the arguments, in their order; null if they are not fields as they are. */
    private static int[] argumentFields(GeneratedProjection projection, RowType input, RowType arguments) {
        int[] fields = ProjectedFields.of(projection, input);
        if (fields == null) {
            return null;
        }
        List<LogicalType> types = Arrays.stream(fields).mapToObj(input::getTypeAt).collect(Collectors.toList());
        return types.equals(arguments.getChildren()) ? fields : null;
    }

    /**
     * Whether Flink's own Arrow classes are right for all values. Its reader fails for a timestamp before 1970
     * that is not of whole milliseconds, its writer overflows for one with nanoseconds after 2262, and a
     * TIME(0) loses its milliseconds.
     */
    private static boolean arrowIsRight(RowType row) {
        return row.getChildren().stream()
                .allMatch(
                        type ->
                                type.getChildren().isEmpty()
                                        && !type.is(LogicalTypeFamily.TIMESTAMP)
                                        && !type.is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE));
    }

    /**
     * The call in the form that is sent: of riffle's classes, a cluster has only
     * {@link FunctionPayload}.
     */
    private static PythonFunctionInfo travelling(PythonFunctionInfo call, Set<String> programs) {
        Object[] inputs =
                Arrays.stream(call.getInputs())
                        .map(input -> input instanceof PythonFunctionInfo ? travelling((PythonFunctionInfo) input, programs) : input)
                        .toArray();
        Payload payload = Payload.of(call.getPythonFunction().getSerializedPythonFunction());
        String program = payload.program();
        if (program != null) {
            programs.add(program);
        }
        return new PythonFunctionInfo(new FunctionPayload(call.getPythonFunction(), payload.concurrent()), inputs);
    }
}
