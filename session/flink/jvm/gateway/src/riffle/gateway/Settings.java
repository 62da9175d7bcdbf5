package riffle.gateway;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateLatencyTrackOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.python.PythonOptions;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.MLPredictRuntimeConfigOptions;
import org.apache.flink.table.api.config.OptimizerConfigOptions;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.table.api.config.VectorSearchRuntimeConfigOptions;
import org.apache.flink.table.api.internal.TableConfigValidation;

/** The options that Flink knows, read from the classes that declare them. */
final class Settings {
    private static final Class<?>[] DECLARED_IN = {
        CheckpointingOptions.class,
        CoreOptions.class,
        ExecutionOptions.class,
        JobManagerOptions.class,
        PipelineOptions.class,
        PythonOptions.class,
        RestartStrategyOptions.class,
        StateBackendOptions.class,
        StateLatencyTrackOptions.class,
        TaskManagerOptions.class,
        ExecutionConfigOptions.class,
        OptimizerConfigOptions.class,
        TableConfigOptions.class,
    };

    /**
     * The classes of DECLARED_IN whose options a cluster reads when it starts. SET of these has no
     * effect.
     */
    private static final Set<Class<?>> OF_THE_CLUSTER = Set.of(JobManagerOptions.class, TaskManagerOptions.class);

    /** Further options for jobs. They are loaded only when one of them may be set, because that takes a while. */
    private static final Class<?>[] SELDOM_SET = {
        BatchExecutionOptions.class,
        StateChangelogOptions.class,
        StateRecoveryOptions.class,
        RocksDBOptions.class,
        RocksDBConfigurableOptions.class,
        MLPredictRuntimeConfigOptions.class,
        VectorSearchRuntimeConfigOptions.class,
    };

    private Settings() {}

    /** By key, and by the older keys that Flink still accepts. */
    static Map<String, ConfigOption<?>> known() throws IllegalAccessException {
        Map<String, ConfigOption<?>> known = new TreeMap<>();
        for (Class<?> declaring : DECLARED_IN) {
            for (ConfigOption<?> option : declaredIn(declaring)) {
                known.put(option.key(), option);
                for (FallbackKey older : option.fallbackKeys()) {
                    known.put(older.getKey(), option);
                }
            }
        }
        return known;
    }

    /** The option with a key, or with that key in an older Flink; null if there is none. */
    static ConfigOption<?> find(String key) throws IllegalAccessException {
        ConfigOption<?> option = known().get(key);
        return option != null ? option : offered().get(key);
    }

    /** The options to offer when a user types SET, by key. */
    static Map<String, ConfigOption<?>> offered() throws IllegalAccessException {
        Map<String, ConfigOption<?>> offered = new TreeMap<>();
        for (Class<?> declaring : DECLARED_IN) {
            if (!OF_THE_CLUSTER.contains(declaring)) {
                declaredIn(declaring).forEach(option -> offered.put(option.key(), option));
            }
        }
        for (Class<?> declaring : SELDOM_SET) {
            declaredIn(declaring).forEach(option -> offered.put(option.key(), option));
        }
        return offered;
    }

    private static List<ConfigOption<?>> declaredIn(Class<?> declaring) throws IllegalAccessException {
        List<ConfigOption<?>> options = new ArrayList<>();
        for (Field field : declaring.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
                options.add((ConfigOption<?>) field.get(null));
            }
        }
        return options;
    }

    /**
     * Reads each value as its option's type. Flink itself does this only when it first reads the
     * option, and then every statement fails.
     */
    static void check(Map<String, String> options) {
        if (options.isEmpty()) {
            return;
        }
        Map<String, ConfigOption<?>> known;
        try {
            known = known();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        for (Map.Entry<String, String> set : options.entrySet()) {
            ConfigOption<?> option = known.get(set.getKey());
            if (option != null) {
                Configuration.fromMap(new HashMap<>(Map.of(set.getKey(), set.getValue()))).get(option);
            }
        }
        String zone = options.get(TableConfigOptions.LOCAL_TIME_ZONE.key());
        if (zone != null && !zone.equals(TableConfigOptions.LOCAL_TIME_ZONE.defaultValue())) {
            try {
                TableConfigValidation.validateTimeZone(zone); // as for each query
            } catch (ValidationException e) {
                throw new IllegalArgumentException("Invalid time zone. " + zone);
            }
        }
    }
}
