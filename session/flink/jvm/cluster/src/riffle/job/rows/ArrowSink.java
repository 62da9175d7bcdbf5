package riffle.job.rows;

import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * The sink of a query on a cluster that exists without riffle: its operators and their coordinator. The rows are
 * fetched through the JobManager. If the sink is direct, the coordinator tells its subtasks where riffle receives
 * rows, and they connect to it.
 */
public final class ArrowSink extends AbstractStreamOperatorFactory<Object>
        implements CoordinatedOperatorFactory<Object>, OneInputStreamOperatorFactory<RowData, Object> {
    private static final long serialVersionUID = 1L;

    private final RowType type;
    private final boolean direct;

    public ArrowSink(RowType type, boolean direct) {
        this.type = type;
        this.direct = direct;
        setChainingStrategy(ChainingStrategy.ALWAYS);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends StreamOperator<Object>> T createStreamOperator(StreamOperatorParameters<Object> parameters) {
        OperatorID id = parameters.getStreamConfig().getOperatorID();
        OperatorEventGateway coordinator = parameters.getOperatorEventDispatcher().getOperatorEventGateway(id);
        return (T) new ArrowSinkOperator(type, direct, coordinator, parameters);
    }

    @Override
    public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID operator) {
        return new RowCoordinator.Provider(operator, direct);
    }

    @Override
    public Class<? extends StreamOperator<?>> getStreamOperatorClass(ClassLoader loader) {
        return ArrowSinkOperator.class;
    }
}
