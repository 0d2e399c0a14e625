// SPDX-License-Identifier: Apache-2.0
#include "mediator/installation.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>

namespace countersign::mediator {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct InstallationTest : ::testing::Test {
  InstallationTest() {
    std::string pattern = (fs::temp_directory_path() / "mediator-XXXXXX").string();
    home = mkdtemp(pattern.data());
    list = home / ".config/mimeapps.list";
    elsewhere = home / "dotfiles-mimeapps.list";
    installation.program = "/proc/self/exe";
    installation.places = Places::of_user(home, home / ".config", home / ".local/share");
  }
  ~InstallationTest() override { fs::remove_all(home); }

  fs::path manifest(Browser browser) const {
    return installation.places.manifest_folder(browser) / "org.countersign.mediator.json";
  }
  // The state of a part.
  std::string state(std::string_view name) const {
    for (const Part& part : inspect_installation(installation)) {
      if (part.name == name) return part.state;
    }
    return "no such part";
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(home)) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  // Installed for who keeps the desktop's list elsewhere, with this text.
  void install_with_linked_list(std::string_view text) {
    fs::create_directories(list.parent_path());
    std::ofstream(elsewhere) << text;
    fs::create_symlink(elsewhere, list);
    ASSERT_TRUE(install(installation, {Browser::kChromium}));
  }

  fs::path home;
  fs::path list, elsewhere;
  Installation installation;
};

TEST_F(InstallationTest, TellsEachBrowserInItsOwnWay) {
  ASSERT_TRUE(install(installation, {Browser::kChromium, Browser::kFirefox}));
  const auto chromium = boost::json::parse(contents(manifest(Browser::kChromium)));
  EXPECT_EQ(chromium.at("name"), "org.countersign.mediator");
  EXPECT_EQ(chromium.at("path"), "/proc/self/exe");
  EXPECT_EQ(chromium.at("type"), "stdio");
  EXPECT_EQ(chromium.at("allowed_origins").at(0), "chrome-extension://npnojofcjaheidmphkghbkebghaadhek/");
  const auto firefox = boost::json::parse(contents(manifest(Browser::kFirefox)));
  EXPECT_EQ(firefox.at("allowed_extensions").at(0), "extension@countersign.org");
  EXPECT_FALSE(firefox.as_object().contains("allowed_origins"));
  EXPECT_FALSE(fs::exists(manifest(Browser::kChrome)));
}

TEST_F(InstallationTest, OpensLinks) {
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  const std::string desktop = contents(home / ".local/share/applications/org.countersign.mediator.desktop");
  EXPECT_NE(desktop.find("Exec=/proc/self/exe open %u\n"), std::string::npos) << "without quotes";
  EXPECT_NE(desktop.find("MimeType=x-scheme-handler/countersign;\n"), std::string::npos);
}

TEST_F(InstallationTest, QuotesAProgramOnlyWhereItsPathNeedsIt) {
  installation.program = "/opt/my \"programs\"/100%/mediator";
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  const std::string desktop = contents(home / ".local/share/applications/org.countersign.mediator.desktop");
  EXPECT_NE(desktop.find("Exec=\"/opt/my \\\\\"programs\\\\\"/100%%/mediator\" open %u\n"), std::string::npos)
      << desktop;
}

TEST_F(InstallationTest, IsWhatTheDesktopOpensLinksWith) {
  ASSERT_NO_FATAL_FAILURE(install_with_linked_list("[Default Applications]\ntext/html=firefox.desktop\n"));
  EXPECT_EQ(state("countersign: links"), "in order");
  EXPECT_EQ(contents(list),
            "[Default Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\n"
            "text/html=firefox.desktop\n");
  EXPECT_TRUE(fs::is_symlink(list));
  std::ofstream(elsewhere) << "[Default Applications]\nx-scheme-handler/countersign=other.desktop\n";
  EXPECT_TRUE(state("countersign: links").starts_with("opened by another program"));
  ASSERT_TRUE(uninstall(installation, {Browser::kChromium}));
  EXPECT_EQ(contents(list), "[Default Applications]\nx-scheme-handler/countersign=other.desktop\n");
}

TEST_F(InstallationTest, LeavesAListThatIsALinkWithTheFileThatItLeadsTo) {
  ASSERT_NO_FATAL_FAILURE(install_with_linked_list(""));
  EXPECT_EQ(state("countersign: links"), "in order");
  ASSERT_TRUE(uninstall(installation, {Browser::kChromium}));
  EXPECT_TRUE(fs::is_symlink(list));
  EXPECT_TRUE(fs::exists(elsewhere));
  EXPECT_EQ(contents(list), "");
}

TEST_F(InstallationTest, StartsThroughALauncherWhereThereIsAConfiguration) {
  installation.config = home / "it's mine.toml";
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  const fs::path launcher = installation.places.data / "countersign-mediator-launcher";
  EXPECT_EQ(boost::json::parse(contents(manifest(Browser::kChromium))).at("path"), launcher.c_str());
  EXPECT_EQ(contents(launcher),
            "#!/bin/sh\nexec '/proc/self/exe' --config '" + home.string() + "/it'\\''s mine.toml' \"$@\"\n");
  EXPECT_EQ(fs::status(launcher).permissions(), fs::perms(0755));
}

TEST_F(InstallationTest, SaysWhichPartIsMissing) {
  fs::create_directories(home / ".config/chromium");
  EXPECT_TRUE(state("chromium").starts_with("missing: "));
  EXPECT_EQ(state("firefox"), "not used here");
  EXPECT_TRUE(state("countersign: links").starts_with("missing: "));
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  EXPECT_EQ(state("chromium"), "in order");
  EXPECT_EQ(state("countersign: links"), "in order");
  installation.program = "/nowhere/countersign-mediator";
  EXPECT_TRUE(state("program").starts_with("missing: "));
  EXPECT_TRUE(state("chromium").starts_with("of another installation: "));
}

TEST_F(InstallationTest, IsRepeatedWithoutHarm) {
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  const std::string first = contents(manifest(Browser::kChromium));
  ASSERT_TRUE(install(installation, {Browser::kChromium}));
  EXPECT_EQ(contents(manifest(Browser::kChromium)), first);
  EXPECT_EQ(files(), 3u);
}

TEST_F(InstallationTest, LeavesNothingBehind) {
  installation.config = home / "mediator.toml";
  ASSERT_TRUE(install(installation, {std::begin(kBrowsers), std::end(kBrowsers)}));
  EXPECT_EQ(files(), 6u);
  ASSERT_TRUE(uninstall(installation, {Browser::kFirefox}));
  EXPECT_EQ(files(), 5u);  // the others still need launcher and links
  ASSERT_TRUE(uninstall(installation, {std::begin(kBrowsers), std::end(kBrowsers)}));
  EXPECT_EQ(files(), 0u);
  ASSERT_TRUE(uninstall(installation, {std::begin(kBrowsers), std::end(kBrowsers)}));
}

TEST_F(InstallationTest, OverwritesTheLinkKeyBeforeItIsRemoved) {
  const fs::path folder = home / "countersign/mediator";
  const fs::path kept = home / "another-name-of-the-same-file";
  fs::create_directories(folder);
  std::ofstream(folder / "pairings.db") << "the link key";
  fs::create_hard_link(folder / "pairings.db", kept);
  EXPECT_TRUE(forget_terminals(folder).value());
  EXPECT_FALSE(fs::exists(home / "countersign"));
  EXPECT_EQ(contents(kept), std::string(std::string_view("the link key").size(), '\0'));
  EXPECT_FALSE(forget_terminals(folder).value()) << "nothing is there";
}

TEST_F(InstallationTest, NamesTheFolderThatCannotBeMade) {
  std::ofstream(home / ".config") << "a file where a folder should be";
  const Result<void> installed = install(installation, {Browser::kChromium});
  ASSERT_FALSE(installed);
  EXPECT_NE(installed.error().detail.find(".config/chromium"), std::string::npos);
}

}  // namespace
}  // namespace countersign::mediator
