// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace countersign {
namespace {

using std::chrono::milliseconds;

Config parsed(std::string_view toml) {
  return Config::parse(toml, "/etc/countersign").value();
}

TEST(Config, ReadsSettingsByDottedPath) {
  Config config = parsed(R"(
[server]
address = "127.0.0.1"
port = 8443
open = true
timeout = "15s"
certificate = "tls/server.pem"
origins = ["https://a.example", "https://b.example"]
)");
  EXPECT_EQ(config.text("server.address").value(), "127.0.0.1");
  EXPECT_EQ(config.integer("server.port", 0, 65535).value(), 8443);
  EXPECT_TRUE(config.boolean("server.open", false).value());
  EXPECT_EQ(config.duration("server.timeout", milliseconds{1}).value(), std::chrono::seconds{15});
  EXPECT_EQ(config.file("server.certificate").value(), "/etc/countersign/tls/server.pem");
  EXPECT_EQ(config.texts("server.origins", {}).value().size(), 2u);
  EXPECT_TRUE(config.finish());
}

TEST(Config, FallsBackWhereASettingIsMissing) {
  Config config = parsed("");
  EXPECT_EQ(config.text("a.b", "x").value(), "x");
  EXPECT_EQ(config.integer("a.c", 0, 9, 7).value(), 7);
  EXPECT_TRUE(config.boolean("a.d", true).value());
  EXPECT_EQ(config.duration("a.e", milliseconds{5}).value(), milliseconds{5});
  EXPECT_EQ(config.file("a.f", "data").value(), "/etc/countersign/data");
  EXPECT_EQ(config.file("a.g", "").value(), "");
  EXPECT_EQ(config.texts("a.h", {"y"}).value().front(), "y");
  EXPECT_TRUE(config.finish());
}

TEST(Config, NamesTheTablesBelowAPathAndRefusesWhatElseStandsThere) {
  Config config = parsed("[companies.first]\nurl = \"a\"\n[companies.second]\nurl = \"b\"\n");
  EXPECT_EQ(config.tables("companies"), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(config.text("companies.second.url").value(), "b");
  EXPECT_EQ(config.finish().error().detail, "configuration:1: companies.first: no such setting");
  EXPECT_TRUE(config.tables("others").empty());
  for (const auto* text : {"[companies]\nurl = \"a\"\n", "companies = 5\n"}) {
    Config wrong = parsed(text);
    EXPECT_TRUE(wrong.tables("companies").empty());
    EXPECT_FALSE(wrong.finish()) << text;
  }
}

TEST(Config, NamesARequiredSettingThatIsMissing) {
  Config config = parsed("[server]\n");
  EXPECT_NE(config.text("server.address").error().detail.find("server.address: missing"), std::string::npos);
  EXPECT_FALSE(config.integer("server.port", 0, 9));
  EXPECT_FALSE(config.file("server.file"));
}

TEST(Config, NamesTheLineOfAWrongValue) {
  Config config = parsed("[server]\n\nport = 70000\n");
  const auto port = config.integer("server.port", 0, 65535);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(port.error().detail, "configuration:3: server.port: expected a whole number from 0 to 65535");
}

TEST(Config, RefusesValuesOfAnotherType) {
  Config config = parsed("n = 1\nt = 'x'\nempty = ''\nmixed = ['a', 1]\nf = 1.5\n");
  EXPECT_FALSE(config.text("n"));
  EXPECT_FALSE(config.text("n", "fallback"));
  EXPECT_FALSE(config.text("empty"));
  EXPECT_FALSE(config.integer("t", 0, 9));
  EXPECT_FALSE(config.integer("f", 0, 9));
  EXPECT_FALSE(config.integer("t", 0, 9, 1));
  EXPECT_FALSE(config.boolean("n", false));
  EXPECT_FALSE(config.duration("n", milliseconds{1}));
  EXPECT_FALSE(config.texts("t", {}));
  EXPECT_FALSE(config.texts("mixed", {}));
  EXPECT_FALSE(config.file("n", "fallback"));
}

TEST(Config, ReadsDurationsInTheirUnits) {
  Config config = parsed("a = '250ms'\nb = '10m'\nc = '24h'\nd = '30d'\n");
  EXPECT_EQ(config.duration("a", {}).value(), milliseconds{250});
  EXPECT_EQ(config.duration("b", {}).value(), std::chrono::minutes{10});
  EXPECT_EQ(config.duration("c", {}).value(), std::chrono::hours{24});
  EXPECT_EQ(config.duration("d", {}).value(), std::chrono::days{30});
}

TEST(Config, RefusesDurationsInOtherForms) {
  for (const char* text :
       {"", "5", "s", "5 s", "-5s", "1.5s", "5w", "9999999999999999d", "9223372036854775807d"}) {
    Config config = parsed("a = '" + std::string(text) + "'\n");
    EXPECT_FALSE(config.duration("a", milliseconds{1})) << text;
  }
}

TEST(Config, RefusesSettingsThatNobodyAskedFor) {
  for (const char* toml : {"[server]\nport = 1\nprot = 2\n", "[sever]\nport = 1\n", "port = 1\n",
                           "'server.port' = 1\n", "[empty]\n", "[[server]]\nport = 1\n"}) {
    Config config = parsed(toml);
    (void)config.integer("server.port", 0, 9, 0);
    const auto finished = config.finish();
    ASSERT_FALSE(finished) << toml;
    EXPECT_EQ(finished.error().code, ErrorCode::kMalformed);
  }
}

TEST(Config, RefusesWhatIsNotToml) {
  for (const char* toml : {"a = ", "a = 1\na = 2\n", "[a\n", "a = '\xff'\n"}) {
    const auto config = Config::parse(toml, ".");
    ASSERT_FALSE(config) << toml;
    EXPECT_EQ(config.error().code, ErrorCode::kMalformed);
  }
  EXPECT_EQ(Config::parse(std::string((1 << 20) + 1, ' '), ".").error().code, ErrorCode::kTooLarge);
}

TEST(Config, TakesOneOfTheWordsItKnowsAndNamesThemOtherwise) {
  Config config = parsed("[policy]\napprove = 'automatic'\naddresses = 'some'\n");
  const auto number = [&](std::string_view path) {
    return config.choice<int>(path, "operator", {{"automatic", 1}, {"operator", 2}});
  };
  EXPECT_EQ(number("policy.approve").value(), 1);
  EXPECT_EQ(number("policy.missing").value(), 2);
  EXPECT_EQ(number("policy.addresses").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(number("policy.addresses").error().detail, "policy.addresses: one of automatic, operator");
}

TEST(Config, TakesRelativePathsFromTheFolderOfItsFile) {
  const std::filesystem::path folder = testing::TempDir();
  std::ofstream(folder / "config_test.toml") << "data = '../data'\nabsolute = '/srv/data'\n";
  auto config = Config::load(folder / "config_test.toml").value();
  EXPECT_EQ(config.file("data").value(), (folder / "../data").lexically_normal());
  EXPECT_EQ(config.file("absolute").value(), "/srv/data");
  EXPECT_EQ(Config::load(folder / "missing.toml").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign
