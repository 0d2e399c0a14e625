// SPDX-License-Identifier: Apache-2.0
#include "prompt.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "crypto/secret_line.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLongestSecret = 256;

// Echo is off as long as the object lives.
class Silence {
 public:
  Silence() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
};

Result<crypto::SecretBytes> ask_at_terminal(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0)
    return fail(ErrorCode::kUnavailable,
                question + ": no terminal to ask at; give it in a file (see --help)");
  std::cerr << question << ": " << std::flush;
  const Silence silence;
  auto secret = crypto::read_secret_line(STDIN_FILENO, kLongestSecret);
  std::cerr << "\n";
  return secret;
}

}  // namespace

Result<crypto::SecretBytes> read_secret(const std::string& file, const std::string& question) {
  if (file.empty()) return ask_at_terminal(question);
  TRY(auto secret, storage::read_passphrase(file));
  if (secret.size() > kLongestSecret)
    return fail(ErrorCode::kTooLarge, file + ": longer than a secret may be");
  return secret;
}

Result<void> ask_to_go_on(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0)
    return fail(ErrorCode::kCancelled, "no terminal to ask at; --yes goes on without asking");
  std::cout << question << " [yes/no] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") return fail(ErrorCode::kCancelled, "nothing was done");
  return ok();
}

}  // namespace countersign::app
