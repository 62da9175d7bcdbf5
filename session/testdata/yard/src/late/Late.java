package late;

/** A class in another jar. */
public final class Late {
    private Late() {}

    public static String word() {
        return "better late than never";
    }
}
