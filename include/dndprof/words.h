/*
 * words.h - the words of docker's command lines that may be kept: its programs and its commands.
 * Everything else of a command line may be a secret (law 7).
 *
 * X(word)
 */
#ifndef DNDPROF_WORDS_H
#define DNDPROF_WORDS_H

/* clang-format off */
#define DNDPROF_DOCKER_PROGRAMS(X) \
	X("docker") X("docker-compose") X("podman") X("nerdctl") X("docker-buildx") X("buildx")

/* These are followed by a second word. */
#define DNDPROF_DOCKER_GROUPS(X) \
	X("builder") X("buildx") X("checkpoint") X("compose") X("config") X("container") \
	X("context") X("image") X("manifest") X("network") X("node") X("plugin") X("secret") \
	X("service") X("stack") X("swarm") X("system") X("trust") X("volume") X("pod") \
	X("machine")

#define DNDPROF_DOCKER_COMMANDS(X) \
	X("attach") X("bake") X("build") X("commit") X("cp") X("create") X("deploy") X("df") \
	X("diff") X("down") X("events") X("exec") X("export") X("history") X("images") \
	X("import") X("info") X("init") X("inspect") X("join") X("kill") X("leave") X("list") \
	X("load") X("login") X("logout") X("logs") X("ls") X("pause") X("port") X("ps") \
	X("prune") X("pull") X("push") X("rename") X("restart") X("rm") X("rmi") X("run") \
	X("save") X("scale") X("search") X("start") X("stats") X("stop") X("tag") X("top") \
	X("unpause") X("up") X("update") X("use") X("version") X("wait") X("watch") \
	X("connect") X("disconnect") X("rollback") X("ca") X("service") X("enable") \
	X("disable") X("set") X("upgrade") X("dial-stdio")
/* clang-format on */

#endif
