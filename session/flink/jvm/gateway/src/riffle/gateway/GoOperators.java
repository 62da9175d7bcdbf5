package riffle.gateway;

import java.lang.reflect.Field;
import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.PythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.function.BatchFunctionOperator;
import riffle.job.function.FunctionPayload;
import riffle.job.function.RowFunctionOperator;

/**
 * Puts riffle's operators for functions into a job, in place of Flink's.
 *
 * <p>The planner makes Flink's operators by their names; they are replaced when the job is submitted.
 * What they were made of they do not tell, hence the reflection.
 */
final class GoOperators {
    private GoOperators() {}

    static void replaceIn(StreamGraph graph) {
        for (StreamNode node : graph.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            if (factory instanceof SimpleOperatorFactory) {
                StreamOperator<?> flinks = ((SimpleOperatorFactory<?>) factory).getOperator();
                StreamOperator<?> ours = replacement(flinks);
                if (ours != flinks) {
                    StreamOperatorFactory<?> oursToo = SimpleOperatorFactory.of(ours);
                    oursToo.setChainingStrategy(factory.getChainingStrategy());
                    node.setOperatorFactory(oursToo);
                }
            }
        }
    }

    private static StreamOperator<?> replacement(StreamOperator<?> operator) {
        if (operator instanceof ArrowPythonScalarFunctionOperator) {
            Parts p = new Parts((ArrowPythonScalarFunctionOperator) operator);
            return new BatchFunctionOperator(
                    p.config, p.functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded);
        }
        if (operator instanceof PythonScalarFunctionOperator) {
            Parts p = new Parts((PythonScalarFunctionOperator) operator);
            return new RowFunctionOperator(
                    p.config, p.functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded);
        }
        return operator;
    }

    /** The call as it travels: a cluster has the classes of {@link FunctionPayload} only. */
    private static PythonFunctionInfo travelling(PythonFunctionInfo call) {
        Object[] inputs =
                Arrays.stream(call.getInputs())
                        .map(input -> input instanceof PythonFunctionInfo ? travelling((PythonFunctionInfo) input) : input)
                        .toArray();
        return new PythonFunctionInfo(new FunctionPayload(call.getPythonFunction()), inputs);
    }

    /** What an operator of Flink's was made of. */
    private static final class Parts {
        final Configuration config;
        final PythonFunctionInfo[] functions;
        final RowType input;
        final RowType arguments;
        final RowType results;
        final GeneratedProjection toArguments;
        final GeneratedProjection toForwarded;

        Parts(AbstractPythonScalarFunctionOperator flinks) {
            config = flinks.getConfiguration();
            functions =
                    Arrays.stream(part(flinks, "scalarFunctions", PythonFunctionInfo[].class))
                            .map(GoOperators::travelling)
                            .toArray(PythonFunctionInfo[]::new);
            input = part(flinks, "inputType", RowType.class);
            arguments = part(flinks, "udfInputType", RowType.class);
            results = part(flinks, "udfOutputType", RowType.class);
            toArguments = part(flinks, "udfInputGeneratedProjection", GeneratedProjection.class);
            toForwarded = part(flinks, "forwardedFieldGeneratedProjection", GeneratedProjection.class);
        }

        private static <T> T part(Object operator, String name, Class<T> type) {
            for (Class<?> c = AbstractPythonScalarFunctionOperator.class; c != null; c = c.getSuperclass()) {
                try {
                    Field field = c.getDeclaredField(name);
                    field.setAccessible(true);
                    return type.cast(field.get(operator));
                } catch (NoSuchFieldException e) {
                    // a superclass has it
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
            throw new IllegalStateException("this Flink's operator for functions has no " + name);
        }
    }
}
