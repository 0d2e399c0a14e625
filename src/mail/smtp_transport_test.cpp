// SPDX-License-Identifier: Apache-2.0
// Talks to tests/support/mail_server.py, another implementation of SMTP.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <regex>
#include <thread>

#include "base/clock.h"
#include "crypto/random.h"
#include "mail/mail.h"
#include "storage/file.h"

namespace countersign::mail {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// One mail server with a folder of its own, for one test.
class MailServer {
 public:
  explicit MailServer(std::vector<std::string> options = {}) {
    fs::create_directory(folder_);
    std::ofstream(folder_ / "password") << "correct horse\n";
    std::ofstream(folder_ / "wrong") << "battery staple\n";
    std::vector<std::string> arguments = {"/usr/bin/python3", COUNTERSIGN_MAIL_SERVER,
                                          "--folder",         folder_.string(),
                                          "--user",           "authority",
                                          "--password-file",  (folder_ / "password").string(),
                                          "--ports-file",     (folder_ / "ports").string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&process_, pointers[0], nullptr, nullptr, pointers.data(), environ), 0);
    await_ports();
  }
  ~MailServer() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    fs::remove_all(folder_);
  }
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  SmtpOptions options() const {
    return {.host = "127.0.0.1",
            .port = port_,
            .user = "authority",
            .password_file = folder_ / "password",
            .ca_file = folder_ / "tls" / "server.pem",
            .timeout = std::chrono::seconds{10}};
  }
  fs::path file(std::string_view name) const { return folder_ / name; }
  std::vector<std::string> mails() const {
    std::vector<std::string> mails;
    for (const auto& entry : fs::directory_iterator(folder_ / "Maildir" / "new"))
      mails.push_back(to_text(storage::read_file(entry.path(), 1 << 20).value()));
    return mails;
  }

 private:
  void await_ports() {
    for (int i = 0; i < 300 && !fs::exists(folder_ / "ports"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    const std::string text = to_text(storage::read_file(folder_ / "ports", 1000).value());
    std::smatch match;
    ASSERT_TRUE(std::regex_search(text, match, std::regex("\"smtp\": (\\d+)")));
    port_ = static_cast<unsigned short>(std::stoi(match[1]));
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / crypto::random_token(12);
  pid_t process_ = 0;
  unsigned short port_ = 0;
};

Result<void> send(const SmtpOptions& options, const std::string& text = "Password: 1234\n.\n..dots\n") {
  const Message message{.from = "authority@seoul-1.example",
                        .from_name = "전자상거래 인증센터",
                        .to = "hong@shop.example",
                        .subject = "비밀번호",
                        .text = text,
                        .html = "<p>Password: <b>1234</b></p>"};
  const auto formatted = format_message(message, "0190aa00-0000-7000-8000-000000000000", SystemClock().now());
  return make_smtp_transport(options)->send(message.from, message.to, formatted.value());
}

TEST(SmtpTransport, DeliversOverStartTlsWithAuthentication) {
  const MailServer server;
  const auto sent = send(server.options());
  ASSERT_TRUE(sent) << sent.error().detail;
  const auto mails = server.mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_THAT(mails[0], HasSubstr("Delivered-To: hong@shop.example"));
  EXPECT_THAT(mails[0], HasSubstr("Password: 1234\r\n.\r\n..dots\r\n"));
}

TEST(SmtpTransport, IsReadByAnotherImplementation) {
  const MailServer server;
  ASSERT_TRUE(send(server.options()));
  std::ofstream(server.file("read.py")) << R"(
import email, email.policy, pathlib, sys
source = next(pathlib.Path(sys.argv[1], "Maildir", "new").iterdir()).read_bytes()
mail = email.message_from_bytes(source, policy=email.policy.default)
assert mail["subject"] == "비밀번호", mail["subject"]
assert str(mail["from"]) == "전자상거래 인증센터 <authority@seoul-1.example>", mail["from"]
assert mail.get_body(("plain",)).get_content().splitlines() == ["Password: 1234", ".", "..dots"]
assert mail.get_body(("html",)).get_content().strip() == "<p>Password: <b>1234</b></p>"
assert not mail.defects
)";
  const std::string command =
      "/usr/bin/python3 " + server.file("read.py").string() + " " + server.file("").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(SmtpTransport, TriesLaterWhenTheServerSaysSo) {
  const MailServer server({"--fault", "451"});
  EXPECT_EQ(send(server.options()).error().code, ErrorCode::kUnavailable);
}

TEST(SmtpTransport, GivesUpWhenTheServerRefusesForGood) {
  const MailServer server({"--fault", "550"});
  const auto sent = send(server.options());
  EXPECT_EQ(sent.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(sent.error().detail.find("hong"), std::string::npos) << "no address in the error";
}

TEST(SmtpTransport, TriesLaterWhenTheConnectionBreaks) {
  const MailServer server({"--fault", "drop"});
  EXPECT_EQ(send(server.options()).error().code, ErrorCode::kUnavailable);
}

TEST(SmtpTransport, TriesLaterWhenItsPasswordIsRefused) {
  const MailServer server;
  SmtpOptions options = server.options();
  options.password_file = server.file("wrong");
  EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
  options.password_file = server.file("missing");
  EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(server.mails().empty());
}

TEST(SmtpTransport, TrustsOnlyItsAnchor) {
  const MailServer server;
  const MailServer other;
  SmtpOptions options = server.options();
  options.ca_file = other.options().ca_file;
  EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
  options.ca_file.clear();  // the system's anchors
  EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(server.mails().empty());
}

// Answers one connection as a server without STARTTLS, and keeps all that it was told.
std::string told_to_a_server_without_tls(const std::function<void(unsigned short)>& client) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::string told;
  std::thread server([&] {
    const int connection = ::accept(listener, nullptr, nullptr);
    const auto say = [&](std::string_view text) {
      return ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    };
    say("220 ready\r\n");
    char buffer[1024];
    ssize_t got = 0;
    while ((got = ::read(connection, buffer, sizeof buffer)) > 0) {
      told.append(buffer, static_cast<std::size_t>(got));
      say("250-localhost\r\n250 AUTH PLAIN LOGIN\r\n");
    }
    ::close(connection);
  });
  client(ntohs(address.sin_port));
  server.join();
  ::close(listener);
  return told;
}

TEST(SmtpTransport, TellsNothingToAServerWithoutTls) {
  const fs::path password = fs::path(testing::TempDir()) / crypto::random_token(12);
  std::ofstream(password) << "correct horse\n";
  const std::string told = told_to_a_server_without_tls([&](unsigned short port) {
    SmtpOptions options{.port = port, .user = "authority", .password_file = password, .ca_file = {}};
    EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
  });
  EXPECT_THAT(told, HasSubstr("EHLO"));
  for (const char* secret : {"AUTH", "MAIL", "hong", "1234"})
    EXPECT_EQ(told.find(secret), std::string::npos) << told;
}

TEST(SmtpTransport, TriesLaterWhenNobodyListens) {
  SmtpOptions options{.port = 1, .user = "", .password_file = {}, .ca_file = {}};
  EXPECT_EQ(send(options).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::mail
