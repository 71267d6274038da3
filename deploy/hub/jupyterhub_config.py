"""JupyterHub for the compose file: a container for each student, with the lessons, and none of the solutions."""

import os

c = get_config()  # noqa: F821 - traitlets provides it

c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.hub_ip = "hub"
c.JupyterHub.db_url = "sqlite:////srv/data/hub.sqlite"
c.JupyterHub.cookie_secret_file = "/srv/data/cookie_secret"

# People sign up; the administrator lets them in.
c.JupyterHub.authenticator_class = "native"
c.Authenticator.admin_users = {os.environ["HUB_ADMIN"]}
c.NativeAuthenticator.open_signup = False
c.Authenticator.allow_all = True

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = os.environ["COURSE_IMAGE"]
c.DockerSpawner.network_name = os.environ["HUB_NETWORK"]
c.DockerSpawner.remove = True
c.DockerSpawner.notebook_dir = "/home/course/work"
c.DockerSpawner.volumes = {"student-{username}": "/home/course/work"}
# A new student starts with the lessons; what is there already is never overwritten.
c.DockerSpawner.post_start_cmd = "cp --recursive --no-clobber /srv/lessons /home/course/work/"
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1.0
