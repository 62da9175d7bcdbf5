package riffle.gateway;

import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.command.DescribeJobOperation;
import org.apache.flink.table.operations.command.ShowJobsOperation;
import org.apache.flink.table.operations.command.StopJobOperation;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.jobs.JobRunner;

/** SHOW JOBS, DESCRIBE JOB and STOP JOB, which Flink leaves to its clients. */
final class JobStatements {
    private static final RowType JOB =
            (RowType)
                    DataTypes.ROW(
                                    DataTypes.FIELD("job id", DataTypes.STRING()),
                                    DataTypes.FIELD("job name", DataTypes.STRING()),
                                    DataTypes.FIELD("status", DataTypes.STRING()),
                                    DataTypes.FIELD("start time", DataTypes.TIMESTAMP_LTZ(3)))
                            .getLogicalType();
    private static final RowType SAVEPOINT =
            (RowType) DataTypes.ROW(DataTypes.FIELD("savepoint path", DataTypes.STRING())).getLogicalType();

    private final JobRunner runner;
    private final ReadableConfig config;

    JobStatements(JobRunner runner, ReadableConfig config) {
        this.runner = runner;
        this.config = config;
    }

    static boolean concerns(Operation op) {
        return op instanceof ShowJobsOperation
                || op instanceof DescribeJobOperation
                || op instanceof StopJobOperation;
    }

    ObjectNode execute(Operation op) throws Exception {
        if (op instanceof ShowJobsOperation) {
            return LocalRows.answer(JOB, rows(runner.list().get()));
        }
        if (op instanceof DescribeJobOperation) {
            JobID id = id(((DescribeJobOperation) op).getJobId());
            return LocalRows.answer(JOB, rows(List.of(find(id))));
        }
        return stop((StopJobOperation) op);
    }

    private ObjectNode stop(StopJobOperation stop) throws Exception {
        JobID id = id(stop.getJobId());
        find(id);
        if (!stop.isWithSavepoint()) {
            runner.cancel(id).get();
            return Json.object().put("kind", "done");
        }
        String folder = config.get(CheckpointingOptions.SAVEPOINT_DIRECTORY);
        if (folder == null) {
            throw new ValidationException(
                    "a savepoint needs a folder: SET 'execution.checkpointing.savepoint-dir' = 'file:///…' first");
        }
        String path =
                runner.stopWithSavepoint(id, stop.isWithDrain(), folder, SavepointFormatType.DEFAULT).get();
        return LocalRows.answer(
                SAVEPOINT, List.<RowData>of(GenericRowData.of(StringData.fromString(path))).iterator());
    }

    private static JobID id(String text) {
        try {
            return JobID.fromHexString(text);
        } catch (IllegalArgumentException e) {
            throw new ValidationException("'" + text + "' is no job's id: SHOW JOBS lists them");
        }
    }

    private JobStatusMessage find(JobID id) throws Exception {
        for (JobStatusMessage job : runner.list().get()) {
            if (job.getJobId().equals(id)) {
                return job;
            }
        }
        throw new ValidationException("there is no job " + id.toHexString() + ": SHOW JOBS lists them");
    }

    private static Iterator<RowData> rows(Collection<JobStatusMessage> jobs) {
        return jobs.stream()
                .sorted(Comparator.comparingLong(JobStatusMessage::getStartTime))
                .map(
                        job ->
                                (RowData)
                                        GenericRowData.of(
                                                StringData.fromString(job.getJobId().toHexString()),
                                                StringData.fromString(job.getJobName()),
                                                StringData.fromString(job.getJobState().name()),
                                                TimestampData.fromEpochMillis(job.getStartTime())))
                .iterator();
    }
}
