package kinds;

import static kinds.Parts.part;

import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.table.functions.python.PythonAggregateFunctionInfo;
import org.apache.flink.table.runtime.dataview.DataViewSpec;
import org.apache.flink.table.runtime.operators.python.aggregate.PythonStreamGroupAggregateOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.jobs.OperatorReplacement;
import riffle.job.function.CloseFailure;
import riffle.job.function.OwnKeys;

/** Flink's operator for aggregates, with an operation that has its own URN. */
public class CountOperator extends PythonStreamGroupAggregateOperator {
    private static final long serialVersionUID = 1L;

    private CountOperator(PythonStreamGroupAggregateOperator flinks) {
        super(
                flinks.getConfiguration(),
                part(flinks, "inputType", RowType.class),
                part(flinks, "outputType", RowType.class),
                part(flinks, "aggregateFunctions", PythonAggregateFunctionInfo[].class),
                part(flinks, "dataViewSpecs", DataViewSpec[][].class),
                part(flinks, "grouping", int[].class),
                part(flinks, "indexOfCountStar", Integer.class),
                part(flinks, "countStarInserted", Boolean.class),
                part(flinks, "generateUpdateBefore", Boolean.class),
                part(flinks, "minRetentionTime", Long.class),
                part(flinks, "maxRetentionTime", Long.class));
    }

    @Override
    public <K> KeyedStateBackend<K> getKeyedStateBackend() {
        return OwnKeys.of(super.getKeyedStateBackend());
    }

    @Override
    public String getFunctionUrn() {
        return "riffle-test:transform:count:v1";
    }

    @Override
    public void close() {
        CloseFailure.log(getOperatorName(), super::close);
    }

    /** Replaces the operator in jobs. */
    public static class Replacement implements OperatorReplacement {
        @Override
        public StreamOperator<?> of(StreamOperator<?> operator) {
            return operator instanceof PythonStreamGroupAggregateOperator
                    ? new CountOperator((PythonStreamGroupAggregateOperator) operator)
                    : operator;
        }
    }
}
