// SPDX-License-Identifier: Apache-2.0
#include "documents/text_rules.h"

#include <gtest/gtest.h>

namespace countersign::documents {
namespace {

TEST(WebPrefix, IsAnOriginWithAPlainPathOrNone) {
  for (const char* text :
       {"https://seoul-1.example", "https://seoul-1.example/log", "http://seoul-1.example:8080/a/b.c/~d_e-F",
        "https://[::1]:8443/log", "http://127.0.0.1/log", "https://localhost/..."})
    EXPECT_TRUE(is_web_prefix(text)) << text;
  for (const char* text : {"",
                           "https",
                           "https://",
                           "https:///log",
                           "ftp://seoul-1.example",
                           "seoul-1.example/log",
                           "//seoul-1.example",
                           "HTTPS://seoul-1.example",
                           "https://Seoul-1.example",
                           "https://seoul-1.example/",
                           "https://seoul-1.example/log/",
                           "https://seoul-1.example//log",
                           "https://seoul-1.example/../log",
                           "https://seoul-1.example/./log",
                           "https://seoul-1.example/..",
                           "https://a@seoul-1.example/log",
                           "https://a:b@seoul-1.example",
                           "https://seoul-1.example/log?a=b",
                           "https://seoul-1.example?a",
                           "https://seoul-1.example/log#a",
                           "https://seoul-1.example#a",
                           "https://seoul-1.example/%6cog",
                           "https://seoul-1.example/l og",
                           "https://seoul-1.example/log\n",
                           "https://seoul-1.example\\log",
                           "https://seoul-1.example:443/log",
                           "http://seoul-1.example:80/log",
                           "https://seoul-1.example:/log",
                           "https://*.example/log",
                           "https://seoul-1.example/한국"})
    EXPECT_FALSE(is_web_prefix(text)) << text;
}

TEST(WebPrefix, IsHttpsAloneWhereThatIsAskedFor) {
  EXPECT_TRUE(is_https_prefix("https://seoul-1.example/witness"));
  EXPECT_FALSE(is_https_prefix("http://seoul-1.example/witness"));
  EXPECT_TRUE(is_web_origin("http://seoul-1.example"));
  EXPECT_FALSE(is_web_origin("http://seoul-1.example/log"));
  EXPECT_FALSE(is_web_origin("http://seoul-1.example:80"));
  EXPECT_FALSE(is_web_origin("http://seoul-1.example:443"));
}

TEST(LogOrigin, IsAPrefixWithoutItsScheme) {
  for (const char* text :
       {"seoul-1.example/log", "seoul-1.example", "seoul-1.example:8443/log", "127.0.0.1:8080/log"})
    EXPECT_TRUE(is_log_origin(text)) << text;
  for (const char* text :
       {"", "/log", "https://seoul-1.example/log", "seoul-1.example/log/", "seoul-1.example/log+1",
        "seoul-1.example/log 1", "Seoul-1.example/log", "seoul-1.example/log\n", "seoul-1.example:443"})
    EXPECT_FALSE(is_log_origin(text)) << text;
  const std::string host = "seoul-1.example/";
  EXPECT_TRUE(is_log_origin(host + std::string(kMaxLogOrigin - host.size(), 'l')));
  EXPECT_FALSE(is_log_origin(host + std::string(kMaxLogOrigin - host.size() + 1, 'l')));
}

}  // namespace
}  // namespace countersign::documents
