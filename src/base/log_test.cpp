// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

namespace countersign {
namespace {

// What `work` writes to standard error, from the event on.
std::string logged(const std::function<void()>& work) {
  testing::internal::CaptureStderr();
  work();
  const std::string text = testing::internal::GetCapturedStderr();
  const auto event = text.find(" event=");
  return event == std::string::npos ? text : text.substr(event + 1);
}

TEST(Log, WritesOneLineWithTimeLevelAndProgram) {
  testing::internal::CaptureStderr();
  start_log("authority", LogLevel::kInfo);
  log_event(LogLevel::kWarning, "listening", {{"port", "8443"}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(line.substr(0, 7), "time=20");
  EXPECT_NE(line.find("Z level=warning program=authority event=listening port=8443\n"), std::string::npos)
      << line;
}

TEST(Log, KeepsAValueInItsField) {
  start_log("test", LogLevel::kInfo);
  const std::string line = logged([] {
    log_event(LogLevel::kInfo, "refused",
              {{"name", "a b\n level=error \"x\\"}, {"empty", ""}, {"bell", "\x07\xff"}});
  });
  EXPECT_EQ(line, "event=refused name=\"a b\\n level=error \\\"x\\\\\" empty=\"\" bell=\"\\x07\\xff\"\n");
}

TEST(Log, CutsValuesThatAreTooLong) {
  start_log("test", LogLevel::kInfo);
  const std::string line = logged([] {
    log_event(LogLevel::kInfo, "x", {{"v", std::string(100'000, 'a')}});
  });
  EXPECT_LT(line.size(), 3000u);
  EXPECT_TRUE(line.ends_with("...\"\n"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  start_log("test", LogLevel::kWarning);
  EXPECT_EQ(logged([] { log_event(LogLevel::kInfo, "x"); }), "");
}

TEST(Log, NamesTheCodeOfAnError) {
  start_log("test", LogLevel::kInfo);
  const std::string line = logged([] {
    log_error("store", Error{ErrorCode::kStorageFull, "disk full"}, {{"id", "7"}});
  });
  EXPECT_EQ(line, "event=store id=7 code=storage_full detail=\"disk full\"\n");
}

}  // namespace
}  // namespace countersign
