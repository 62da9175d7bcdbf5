package riffle.job.function;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.table.data.binary.BinaryRowData;

/**
 * Copies the keys that state requests of a function operator set.
 *
 * <p>Flink's BeamKeyedStateStore converts the key of each request with RowDataSerializer.toBinaryRow, which
 * returns the same row each time, and passes that row to the backend. The heap backend keeps it as the key
 * of the new entry. All entries that were created by such requests then have one key object, whose content
 * is the key of the last request. Lookups still work, because the map compares the hashes that it has
 * stored. A snapshot writes the content, so a restored job finds the state of one key and loses the others.
 */
public final class OwnKeys {
    private OwnKeys() {}

    /** Returns a view of a backend. An operator returns it from getKeyedStateBackend. */
    @SuppressWarnings("unchecked")
    public static <K> KeyedStateBackend<K> of(KeyedStateBackend<K> backend) {
        if (!(backend instanceof HeapKeyedStateBackend)) {
            return backend; // it does not keep the object
        }
        return (KeyedStateBackend<K>)
                Proxy.newProxyInstance(
                        KeyedStateBackend.class.getClassLoader(),
                        new Class<?>[] {KeyedStateBackend.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("setCurrentKey") && arguments[0] instanceof BinaryRowData) {
                                arguments[0] = ((BinaryRowData) arguments[0]).copy();
                            }
                            try {
                                return method.invoke(backend, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
