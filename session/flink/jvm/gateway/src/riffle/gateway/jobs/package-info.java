/**
 * Where jobs run.
 *
 * <p>An execution environment passes its job to {@link riffle.gateway.jobs.JobSubmission}. There,
 * {@link riffle.gateway.jobs.OperatorReplacement}s replace Flink's operators for Go functions by riffle's,
 * and each function is reduced to its payload. A {@link riffle.gateway.jobs.JobRunner} then runs the job.
 * By default it is the {@link riffle.gateway.jobs.EmbeddedCluster}.
 */
package riffle.gateway.jobs;
