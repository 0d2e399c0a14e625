// SPDX-License-Identifier: Apache-2.0
#include "mediator/caller.h"

#include <gtest/gtest.h>

namespace countersign::mediator {
namespace {

constexpr const char* kOurs = "chrome-extension://npnojofcjaheidmphkghbkebghaadhek/";
constexpr const char* kManifest = "/home/anna/.mozilla/native-messaging-hosts/org.countersign.mediator.json";

struct CommandLine {
  const char* name;
  std::vector<std::string> arguments;
  bool is_browser;
  bool is_allowed;
};

TEST(CheckCaller, LetsOnlyTheAllowedExtensionsIn) {
  const CommandLine rows[] = {
      {"Chromium", {kOurs}, true, true},
      {"Chromium with a window", {kOurs, "--parent-window=0"}, true, true},
      {"Chromium, another extension", {"chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"}, true, false},
      {"Chromium, our id with more behind it", {std::string(kOurs) + "x/"}, true, false},
      {"Chromium, no slash", {"chrome-extension://npnojofcjaheidmphkghbkebghaadhek"}, true, false},
      {"Chromium, no id", {"chrome-extension:///"}, true, false},
      {"Firefox", {kManifest, "extension@countersign.org"}, true, true},
      {"Firefox, another extension", {kManifest, "other@example.org"}, true, false},
      {"Firefox, another manifest", {"/tmp/other.json", "extension@countersign.org"}, false, false},
      {"a person", {"status"}, false, false},
      {"a person with nothing", {}, false, false},
  };
  for (const CommandLine& row : rows) {
    EXPECT_EQ(is_started_by_browser(row.arguments), row.is_browser) << row.name;
    const Result<void> checked = check_caller(row.arguments, {});
    EXPECT_EQ(static_cast<bool>(checked), row.is_allowed) << row.name;
    if (!checked) {
      EXPECT_EQ(checked.error().code, ErrorCode::kForbidden) << row.name;
    }
  }
}

TEST(CheckCaller, GoesByTheConfiguredExtensions) {
  const AllowedExtensions none{{}, {}};
  EXPECT_FALSE(check_caller(std::vector<std::string>{kOurs}, none));
  const AllowedExtensions other{{"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}, {}};
  EXPECT_TRUE(
      check_caller(std::vector<std::string>{"chrome-extension://bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/"}, other));
}

}  // namespace
}  // namespace countersign::mediator
