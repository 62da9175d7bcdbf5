package riffle;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
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
import org.apache.flink.configuration.StateLatencyTrackOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.python.PythonOptions;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.OptimizerConfigOptions;
import org.apache.flink.table.api.config.TableConfigOptions;

/** The options that Flink knows, read off the classes that declare them. */
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

    private Settings() {}

    /** By key, and by the older keys that Flink still takes. */
    static Map<String, ConfigOption<?>> known() throws IllegalAccessException {
        Map<String, ConfigOption<?>> known = new TreeMap<>();
        for (Class<?> declaring : DECLARED_IN) {
            for (Field field : declaring.getFields()) {
                if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
                    ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                    known.put(option.key(), option);
                    for (FallbackKey older : option.fallbackKeys()) {
                        known.put(older.getKey(), option);
                    }
                }
            }
        }
        return known;
    }

    /**
     * Reads each value as its option's type. Flink itself does so when it first asks for the option,
     * and then every statement fails.
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
                ZoneId.of(zone);
            } catch (java.time.DateTimeException e) {
                throw new IllegalArgumentException("Invalid time zone. " + zone, e);
            }
        }
    }
}
