package kinds;

import java.lang.reflect.Field;

/** Reads private parts of Flink's operators. */
final class Parts {
    private Parts() {}

    static <T> T part(Object operator, String name, Class<T> type) {
        for (Class<?> c = operator.getClass(); c != null; c = c.getSuperclass()) {
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
        throw new IllegalStateException("no " + name);
    }
}
