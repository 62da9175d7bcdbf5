package shelf;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.functions.PredictFunction;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.ml.PredictRuntimeProvider;

/** A model that returns its input in capitals. */
public final class ShelfModelFactory implements ModelProviderFactory {
    @Override
    public String factoryIdentifier() {
        return "shelf";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public ModelProvider createModelProvider(Context context) {
        return new Loud();
    }

    private static final class Loud implements PredictRuntimeProvider {
        @Override
        public PredictFunction createPredictFunction(Context context) {
            return new Capitals();
        }

        @Override
        public ModelProvider copy() {
            return new Loud();
        }
    }

    /** The function of the model. */
    public static final class Capitals extends PredictFunction {
        @Override
        public Collection<RowData> predict(RowData input) {
            String text = input.getString(0).toString().toUpperCase(Locale.ROOT);
            return List.of(GenericRowData.of(StringData.fromString(text)));
        }
    }
}
