"""JupyterHub for the compose file: a container for each student, with none of the solutions, and one for each
instructor, with the course folder and formgrader. nbgrader's exchange is a volume between them.
"""

import hashlib
import os

c = get_config()  # noqa: F821 - traitlets provides it

ADMIN = os.environ["HUB_ADMIN"]
INSTRUCTORS = "instructors"
EXCHANGE = "/usr/local/share/nbgrader/exchange"

c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.hub_ip = "hub"
c.JupyterHub.db_url = "sqlite:////srv/data/hub.sqlite"
c.JupyterHub.cookie_secret_file = "/srv/data/cookie_secret"

# People sign up; the administrator lets them in, and adds instructors to the group.
c.JupyterHub.authenticator_class = "native"
c.Authenticator.admin_users = {ADMIN}
c.NativeAuthenticator.open_signup = False
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = {INSTRUCTORS: {"users": [ADMIN]}}

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = os.environ["COURSE_IMAGE"]
c.DockerSpawner.network_name = os.environ["HUB_NETWORK"]
c.DockerSpawner.remove = True
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1.0

# For students. Their settings switch formgrader and course list off, which nbgrader switches on for everybody. What
# they fetched and handed in is noted in their home, so it has to outlive the container.
HOME = "/home/student/work"
c.Spawner.notebook_dir = HOME
c.Spawner.environment = {"JUPYTER_CONFIG_PATH": "/srv/jupyter/student", "HOME": HOME}
c.DockerSpawner.volumes = {"student-{username}": HOME, "nbgrader-exchange": EXCHANGE}


def uid_of(name):
    """A system user for each student, so that nobody can hand in for another. The same as autograder.grading.hub's."""
    return 2**30 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 2**30


def prepare(spawner):
    """Give an instructor the course folder, the gradebook and the settings for them; a student, a system user."""
    if any(group.name == INSTRUCTORS for group in spawner.user.groups):
        spawner.notebook_dir = "/course"
        spawner.environment = {
            "JUPYTER_CONFIG_PATH": "/srv/jupyter/instructor",
            "GRADEBOOK": f"postgresql+psycopg://grader:{os.environ['DB_PASSWORD']}@database/gradebook",
        }
        spawner.extra_create_kwargs = {"user": "1000:1000"}
        spawner.volumes = {os.environ["COURSE_DIR"]: "/course", "nbgrader-exchange": EXCHANGE}
        spawner.network_name = os.environ["GRADEBOOK_NETWORK"]
    else:
        uid = uid_of(spawner.user.name)
        spawner.extra_create_kwargs = {"user": f"{uid}:{uid}"}
        # Some libraries ask for the name of the system's user, who has none.
        spawner.environment = {**spawner.environment, "USER": spawner.user.name}


c.Spawner.pre_spawn_hook = prepare
