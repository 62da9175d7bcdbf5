package riffle.gateway.plan;

import java.util.List;
import java.util.Set;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.planner.calcite.CalciteConfig;
import org.apache.flink.table.planner.parse.CalciteParser;
import org.apache.flink.table.planner.plan.optimize.program.BatchOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkBatchProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkChainedProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkStreamProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.utils.TableConfigUtils;

/**
 * Adds riffle's programs to those of Flink's optimizer. Which programs Flink has depends on the settings.
 */
public final class Optimizer {
    private Optimizer() {}

    /**
     * For the next translation. The parser stays as it is configured.
     *
     * @param sql the statement, and parser one for it
     * @param compiles whether the plan is to be stored, not only run
     * @param called receives the names of the Go functions that the plan calls
     * @param more steps after all others, in streaming mode
     */
    public static void extend(
            TableConfig config,
            CalciteParser parser,
            String sql,
            boolean compiles,
            Set<String> called,
            List<FlinkOptimizeProgram<StreamOptimizeContext>> more) {
        CallSites sites = new CallSites(parser, sql);
        config.setPlannerConfig(
                CalciteConfig.createBuilder()
                        .replaceSqlParserConfig(TableConfigUtils.getCalciteConfig(config).getSqlParserConfig().get())
                        .replaceStreamProgram(stream(config, sites, compiles, called, more))
                        .replaceBatchProgram(batch(config, sites, compiles, called))
                        .build());
    }

    private static FlinkChainedProgram<StreamOptimizeContext> stream(
            TableConfig config,
            CallSites sites,
            boolean compiles,
            Set<String> called,
            List<FlinkOptimizeProgram<StreamOptimizeContext>> more) {
        FlinkChainedProgram<StreamOptimizeContext> stream = FlinkStreamProgram.buildProgram(config);
        stream.addBefore(FlinkStreamProgram.DEFAULT_REWRITE(), "riffle_widened_arguments", new WidenedArguments<>());
        stream.addBefore(FlinkStreamProgram.DEFAULT_REWRITE(), "riffle_row_frames", new RowFrames<>());
        stream.addBefore(FlinkStreamProgram.DEFAULT_REWRITE(), "riffle_nan_order", new NanOrder<>());
        PlannerRules.change(stream);
        stream.addBefore(FlinkStreamProgram.LOGICAL_REWRITE(), "riffle_table_calls", new TableCalls<>(sites));
        stream.addBefore(FlinkStreamProgram.LOGICAL_REWRITE(), "riffle_unnested_calls", new UnnestedCalls<>());
        stream.addFirst("riffle_distinct_calls", new DistinctCalls<>(compiles));
        stream.addBefore(FlinkStreamProgram.PHYSICAL_REWRITE(), "riffle_skipped_rows", new SkippedRows<>());
        stream.addBefore(FlinkStreamProgram.PHYSICAL_REWRITE(), "riffle_updated_ranks", new UpdatedRanks());
        stream.addBefore(FlinkStreamProgram.PHYSICAL(), "riffle_stranded_calls", new StrandedCalls<>(sites, false));
        stream.addLast("riffle_constant_calls", new ConstantCalls<>());
        stream.addLast("riffle_calls_left", new StrandedCalls<>(sites, true));
        stream.addLast("riffle_bounded_sorts", new BoundedSorts());
        stream.addLast("riffle_called_functions", new CalledFunctions<>(called));
        for (FlinkOptimizeProgram<StreamOptimizeContext> program : more) {
            stream.addLast(program.getClass().getName(), program);
        }
        return stream;
    }

    private static FlinkChainedProgram<BatchOptimizeContext> batch(
            TableConfig config, CallSites sites, boolean compiles, Set<String> called) {
        FlinkChainedProgram<BatchOptimizeContext> batch = FlinkBatchProgram.buildProgram(config);
        batch.addBefore(FlinkBatchProgram.DEFAULT_REWRITE(), "riffle_widened_arguments", new WidenedArguments<>());
        batch.addBefore(FlinkBatchProgram.DEFAULT_REWRITE(), "riffle_nan_order", new NanOrder<>());
        PlannerRules.change(batch);
        batch.addBefore(FlinkBatchProgram.LOGICAL_REWRITE(), "riffle_table_calls", new TableCalls<>(sites));
        batch.addBefore(FlinkBatchProgram.LOGICAL_REWRITE(), "riffle_unnested_calls", new UnnestedCalls<>());
        batch.addFirst("riffle_distinct_calls", new DistinctCalls<>(compiles));
        batch.addBefore(FlinkBatchProgram.PHYSICAL_REWRITE(), "riffle_skipped_rows", new SkippedRows<>());
        batch.addBefore(FlinkBatchProgram.PHYSICAL(), "riffle_stranded_calls", new StrandedCalls<>(sites, false));
        batch.addLast("riffle_trivial_calcs", new TrivialCalcs<>());
        batch.addLast("riffle_constant_calls", new ConstantCalls<>());
        batch.addLast("riffle_called_functions", new CalledFunctions<>(called));
        batch.addLast("riffle_calls_left", new StrandedCalls<>(sites, true));
        return batch;
    }
}
