"""jupyter_kernel_test on riffle, with every option on."""

import unittest

import jupyter_kernel_test


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = "riffle"
    language_name = "sql"
    file_extension = ".sql"

    code_hello_world = "%echo hello, world"
    code_stderr = "%warn oh dear"
    completion_samples = [
        {"text": "%can", "matches": {"%cancel"}},
        {"text": "%echo 1\ninser", "matches": {"insert"}},
        {"text": "ANALY", "matches": {"ANALYZE"}},
    ]
    complete_code_samples = ["SELECT 1;", "%echo x", "func F(a int) int { return a }", "SHOW TABLES;\nSELECT 1;"]
    incomplete_code_samples = ["SELECT 1", "SELECT '1;", "func F(a int) int {", "/* x"]
    invalid_code_samples = ["SELCT 1;", 'SELECT "1";']
    code_page_something = "%page set"
    code_generate_error = "%nonsense"
    code_execute_result = [
        {"code": "%queries", "result": "no running queries"},
        {"code": "%set", "result": "no variables"},
    ]
    code_display_data = [{"code": "VALUES (1, 'a'), (2, 'b')", "mime": "text/html"}, {"code": "SHOW CATALOGS", "mime": "text/plain"}]
    code_history_pattern = "%q?eri*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "%echo"
    code_clear_output = "%echo gone\n%clear"

    def get_non_kernel_info_reply(self, timeout=None):
        return super().get_non_kernel_info_reply(timeout=120)  # the first query waits for Flink


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "riffle"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
