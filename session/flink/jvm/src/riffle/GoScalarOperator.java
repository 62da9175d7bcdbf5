package riffle;

import java.lang.reflect.Field;
import java.nio.channels.ClosedChannelException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator;
import org.apache.flink.table.types.logical.RowType;

/**
 * Flink's operator for scalar functions over Arrow, which may be cancelled while it opens.
 *
 * <p>Flink's own then fails to close: the interrupt has closed the channel that Arrow's writer wants to
 * end its stream in. An operator that fails to close is fatal for the TaskManager
 * (org.apache.flink.runtime.taskmanager.Task), and so for every other job of the session.
 *
 * <p>The planner makes Flink's operator by its name; it is replaced when the job is submitted. What it
 * was made of it does not tell, hence the reflection.
 */
final class GoScalarOperator extends ArrowPythonScalarFunctionOperator {
    private static final long serialVersionUID = 1L;

    private GoScalarOperator(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType input,
            RowType arguments,
            RowType results,
            GeneratedProjection toArguments,
            GeneratedProjection toForwarded) {
        super(config, functions, input, arguments, results, toArguments, toForwarded);
    }

    /** Puts operators of this class into a job in place of Flink's. */
    static void replaceIn(StreamGraph graph) {
        for (StreamNode node : graph.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            if (factory instanceof SimpleOperatorFactory
                    && ((SimpleOperatorFactory<?>) factory).getOperator()
                            instanceof ArrowPythonScalarFunctionOperator) {
                StreamOperatorFactory<?> ours =
                        SimpleOperatorFactory.of(
                                copy(
                                        (ArrowPythonScalarFunctionOperator)
                                                ((SimpleOperatorFactory<?>) factory).getOperator()));
                ours.setChainingStrategy(factory.getChainingStrategy());
                node.setOperatorFactory(ours);
            }
        }
    }

    private static GoScalarOperator copy(ArrowPythonScalarFunctionOperator flinks) {
        return new GoScalarOperator(
                flinks.getConfiguration(),
                part(flinks, "scalarFunctions", PythonFunctionInfo[].class),
                part(flinks, "inputType", RowType.class),
                part(flinks, "udfInputType", RowType.class),
                part(flinks, "udfOutputType", RowType.class),
                part(flinks, "udfInputGeneratedProjection", GeneratedProjection.class),
                part(flinks, "forwardedFieldGeneratedProjection", GeneratedProjection.class));
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

    @Override
    public void close() throws Exception {
        try {
            super.close();
        } catch (ClosedChannelException e) {
            // Interrupted while it opened. What is left open is Arrow's memory for one empty batch.
            LOG.info("Cancelled while it opened: {}", getOperatorID(), e);
        }
    }
}
